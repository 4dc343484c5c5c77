import type { SessionInfo } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { andon, queries } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { Skeleton } from '../../ui/empty.tsx'
import { tried } from '../../ui/notify.ts'
import { Panel } from '../../ui/panel.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

/** Where one is signed in, to sign out there. */
export function SessionsPanel() {
  const { data } = useQuery({ queryKey: ['sessions'], queryFn: ({ signal }) => andon.session.list({ signal }) })
  return (
    <Panel title="Where you are signed in">
      {data === undefined ? (
        <Skeleton rows={2} />
      ) : (
        <ul className="mt-1 divide-y divide-line">
          {data.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function SessionRow({ session }: { readonly session: SessionInfo }) {
  const end = async () => {
    await tried(() => andon.session.end(session.id))
    await queries.invalidateQueries({ queryKey: ['sessions'] })
  }
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-1 px-5 py-2.5">
      <div className="min-w-48 flex-1">
        <p className="font-medium">{browserOf(session.user_agent)}</p>
        <p className="text-sm text-muted">
          {session.address ?? 'unknown address'} · since <TimeAgo at={session.created_at} />
        </p>
      </div>
      {session.is_current ? (
        <span className="text-sm text-muted">this browser</span>
      ) : (
        <>
          <span className="text-sm text-muted">
            seen <TimeAgo at={session.last_seen_at} />
          </span>
          <Button look="danger" onClick={() => void end()}>
            Sign out there
          </Button>
        </>
      )}
    </li>
  )
}

/** Browsers claim to be each other; whoever names itself last is the one. */
const BROWSERS = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'] as const
const SYSTEMS = ['Windows', 'Android', 'iPhone', 'iPad', 'Mac OS X', 'Linux'] as const
const SPOKEN: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'macOS' }

function browserOf(userAgent: string | null): string {
  const known = (words: readonly string[]) => words.find((word) => userAgent?.includes(word))
  const parts = [known(BROWSERS), known(SYSTEMS)].flatMap((word) => (word === undefined ? [] : (SPOKEN[word] ?? word)))
  return parts.length > 0 ? parts.join(' on ') : (userAgent ?? 'Unknown program')
}
