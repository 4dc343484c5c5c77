import type { HealthView } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { andon } from '../../live/andon.ts'
import { Skeleton } from '../../ui/empty.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Badge, type Look } from '../../ui/state-badge.tsx'
import { useSession } from '../session/session.ts'

const LOOKS: Record<HealthView['status'], Look> = {
  ok: { word: 'Well', icon: 'checkCircle', tone: 'ok' },
  degraded: { word: 'Degraded', icon: 'alert', tone: 'warn' },
  down: { word: 'Down', icon: 'xCircle', tone: 'bad' },
}

/** The version, how the server is, and where the reference stands. */
export function AboutPanel() {
  const version = useSession()?.version
  const { data } = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => andon.health.ready({ signal }),
    refetchInterval: 10_000,
  })
  return (
    <>
      <Panel title={`Andon ${version ?? ''}`}>
        <p className="px-5 pb-5 text-muted">
          The board for jobs.{' '}
          <a href="/docs/api" className="font-medium text-accent underline">
            Reference of the API
          </a>
        </p>
      </Panel>
      <Panel title="The server" aside={data === undefined ? null : <Badge look={LOOKS[data.status]} />}>
        {data === undefined ? (
          <Skeleton rows={2} />
        ) : (
          <ul className="divide-y divide-line pb-2">
            {data.checks.map((check) => (
              <li key={check.name} className="flex min-h-12 items-center gap-4 px-5 py-2">
                <span className="flex-1">
                  {check.name}
                  {check.detail === null ? null : <span className="block text-sm text-muted">{check.detail}</span>}
                  {check.hint === null ? null : <span className="block text-sm">{check.hint}</span>}
                </span>
                <Badge look={LOOKS[check.status]} />
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </>
  )
}
