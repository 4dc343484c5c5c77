import type { AndonError } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { andon } from '../../live/andon.ts'
import { askFloorAgain } from '../../live/floor.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { plural } from '../../ui/format.ts'
import { problemWords } from '../../ui/problem-words.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'

interface FloorTroubleProps {
  readonly error: AndonError
  /** When the floor last answered, in milliseconds since 1970; 0 when it did not since the page was opened. */
  readonly answeredAt: number
}

/** Why nothing of the floor can be shown, and what to do about it. */
export function FloorTrouble({ error, answeredAt }: FloorTroubleProps) {
  const again = (
    <Button look="primary" icon="refresh" onClick={() => void askFloorAgain()}>
      Try again
    </Button>
  )
  if (error.code === 'floor_not_configured') return <NotConnected />
  if (error.code === 'floor_not_migrated') return <NotMigrated error={error} again={again} />
  if (error.code === 'floor_unavailable') return <Away error={error} answeredAt={answeredAt} again={again} />
  return (
    <Empty icon="alert" title={error.title} action={again}>
      {problemWords(error)}
    </Empty>
  )
}

function NotConnected() {
  return (
    <Empty icon="layers" title="Andon is not connected to a production floor">
      <p>
        The floor shows which operations of which jobs are done, from what the press reports and what is scanned at the
        machines. Name the shop's two databases and start Andon again:
      </p>
      <Commands
        lines={['FLOOR_JOBMANAGER_URL=postgres://andon@db/jobmanager', 'FLOOR_LOGS_URL=postgres://andon@db/logs']}
      />
    </Empty>
  )
}

function NotMigrated({ error, again }: { readonly error: AndonError; readonly again: ReactNode }) {
  const { data } = useQuery({
    queryKey: ['floor-migration'],
    queryFn: ({ signal }) => andon.floor.migration({ signal }),
  })
  const additions = data?.additions ?? []
  return (
    <Empty icon="columns" title={error.title} action={again}>
      <p>
        {error.detail} The first command lists what would be added, the second adds it. Nothing of the shop is changed.
      </p>
      <Commands lines={['andon floor migrate --plan', 'andon floor migrate']} />
      {additions.length === 0 ? null : (
        <details className="mt-3 text-left">
          <summary className="min-h-8 font-medium text-accent">{plural(additions.length, 'addition')}</summary>
          <ul className="mt-1 space-y-1">
            {additions.map(({ database, what }) => (
              <li key={`${database} ${what}`}>
                <span className="font-medium text-ink">{database}</span>: {what}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Empty>
  )
}

function Away({ error, answeredAt, again }: FloorTroubleProps & { readonly again: ReactNode }) {
  return (
    <Empty icon="offline" title={error.title} action={again}>
      <p>
        {error.detail}{' '}
        {answeredAt === 0 ? (
          'It has not since this page was opened.'
        ) : (
          <>
            It last did <TimeAgo at={new Date(answeredAt).toISOString()} />.
          </>
        )}
      </p>
      <p className="mt-2">
        Nothing that presses and scanners write meanwhile is lost: it is processed when the database is back. What is
        scanned on this page cannot be kept until then. Andon asks again by itself.
      </p>
    </Empty>
  )
}

function Commands({ lines }: { readonly lines: readonly string[] }) {
  return (
    <pre className="mt-3 overflow-x-auto rounded-lg border border-line bg-sunken px-4 py-3 text-left text-[0.8125rem] leading-6 text-ink">
      {lines.join('\n')}
    </pre>
  )
}
