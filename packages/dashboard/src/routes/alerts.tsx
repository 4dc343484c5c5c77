import type { RuleView } from '@andon/core'
import { lazy, Suspense, useState } from 'react'
import { useRules } from '../features/alerts/alerts.ts'
import { Messages } from '../features/alerts/messages.tsx'
import { OpenAlerts } from '../features/alerts/open-alerts.tsx'
import { RuleCard } from '../features/alerts/rule-card.tsx'
import { useIsAtLeast, useSession } from '../features/session/session.ts'
import { Button } from '../ui/button.tsx'
import { Empty, Skeleton } from '../ui/empty.tsx'

const RuleDialog = lazy(async () => ({ default: (await import('../features/alerts/rule-dialog.tsx')).RuleDialog }))

/** What the rules found, the rules themselves, and who was told. */
export function AlertsPage() {
  const session = useSession()
  const mayRead = useIsAtLeast('operator')
  if (session !== undefined && !mayRead) {
    return (
      <div className="card mx-auto max-w-3xl">
        <Empty isPage icon="ban" title="Alerts are for operators">
          An administrator can give you the role.
        </Empty>
      </div>
    )
  }
  return <Alerts />
}

function Alerts() {
  const rules = useRules()
  const mayChange = useIsAtLeast('supervisor')
  const [written, setWritten] = useState<RuleView | 'new' | null>(null)
  const add = mayChange ? (
    <Button look="primary" icon="plus" onClick={() => setWritten('new')}>
      Add rule
    </Button>
  ) : null
  return (
    <div className="mx-auto max-w-[100rem] space-y-6">
      <header className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-2xl">Alerts</h1>
        {rules?.length ? add : null}
      </header>
      <OpenAlerts hasRules={(rules?.length ?? 0) > 0} />
      <section aria-labelledby="rules">
        <h2 id="rules" className="mb-3 text-lg">
          Rules
        </h2>
        {rules === undefined ? (
          <Skeleton />
        ) : rules.length === 0 ? (
          <div className="card">
            <Empty icon="bell" title="No rules yet" action={add}>
              A rule says what to watch for, such as a print that fails or a printer that is down for five minutes, and
              whom to tell: by mail, or in Slack, Teams or a program of yours.
              {mayChange ? '' : ' A supervisor can add one.'}
            </Empty>
          </div>
        ) : (
          <div className="grid grid-cols-1 items-stretch gap-5 md:grid-cols-2 2xl:grid-cols-3">
            {rules.map((rule) => (
              <RuleCard key={rule.id} rule={rule} mayChange={mayChange} onChange={setWritten} />
            ))}
          </div>
        )}
      </section>
      <Messages />
      <Suspense>
        {written === null ? null : (
          <RuleDialog rule={written === 'new' ? null : written} onClose={() => setWritten(null)} />
        )}
      </Suspense>
    </div>
  )
}
