import type { AlertView } from '@andon/core'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { reloadAlerts } from '../../live/alerts.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { plural } from '../../ui/format.ts'
import { tried } from '../../ui/notify.ts'
import { Panel } from '../../ui/panel.tsx'
import { Badge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { alertLook, useOpenAlerts, useOverAlerts } from './alerts.ts'

/** What the rules found and is not over: what, since when, how often, and who sees to it. */
export function OpenAlerts({ hasRules }: { readonly hasRules: boolean }) {
  const { data: alerts } = useOpenAlerts()
  return (
    <Panel
      title="Open alerts"
      aside={alerts?.length ? <span className="num text-sm text-muted">{plural(alerts.length, 'alert')}</span> : null}
    >
      <div aria-live="polite">
        {alerts === undefined ? (
          <Skeleton rows={2} />
        ) : alerts.length === 0 ? (
          <Empty icon="checkCircle" title="Nothing is the matter">
            {hasRules
              ? 'As far as your rules look. What they find stands here until it is over or somebody has seen to it.'
              : 'There is no rule yet that would look: add one below.'}
          </Empty>
        ) : (
          <ul className="mt-1 divide-y divide-line">
            {alerts.map((alert) => (
              <AlertRow key={alert.id} alert={alert} />
            ))}
          </ul>
        )}
      </div>
      <OverAlerts />
    </Panel>
  )
}

function AlertRow({ alert }: { readonly alert: AlertView }) {
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 px-5 py-3.5">
      <div className="min-w-0 flex-1 basis-72">
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <Badge look={alertLook(alert)} />
          <h3 className="min-w-0 text-base break-words">{alert.title}</h3>
          {alert.count > 1 ? (
            <span className="num text-sm font-semibold" title={`It happened ${alert.count} times`}>
              ×{alert.count.toLocaleString('en')}
            </span>
          ) : null}
        </div>
        {alert.what === null ? null : <p className="mt-1 break-words">{alert.what}</p>}
        {alert.hint === null ? null : <p className="mt-0.5 text-sm text-muted">{alert.hint}</p>}
        <p className="mt-1 text-sm text-muted">
          Since <TimeAgo at={alert.opened_at} />
          {alert.count > 1 ? (
            <>
              , last <TimeAgo at={alert.seen_at} />
            </>
          ) : null}
          {' · '}
          {alert.rule}
        </p>
      </div>
      <Acts alert={alert} />
    </li>
  )
}

function Acts({ alert }: { readonly alert: AlertView }) {
  const [isBusy, setIsBusy] = useState(false)
  const acknowledge = async () => {
    setIsBusy(true)
    await tried(() => andon.alerts.acknowledge(alert.id))
    await reloadAlerts()
    setIsBusy(false)
  }
  return (
    <div className="flex flex-wrap items-center gap-2">
      {alert.path === '/alerts' ? null : <CauseLink alert={alert} />}
      {alert.acknowledged_by === null ? (
        <Button
          look="primary"
          icon="check"
          isBusy={isBusy}
          aria-label={`I see to it: ${alert.title}`}
          onClick={() => void acknowledge()}
        >
          I see to it
        </Button>
      ) : (
        <p className="text-sm text-muted">
          <strong className="font-medium text-ink">{alert.acknowledged_by}</strong> sees to it
        </p>
      )}
    </div>
  )
}

/** The address comes from the server, so that it is none of the router's own. */
function CauseLink({ alert }: { readonly alert: AlertView }) {
  const { history } = useRouter()
  return (
    <a
      href={alert.path}
      className={buttonClass()}
      aria-label={`${seeWord(alert)}: ${alert.title}`}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        history.push(alert.path)
      }}
    >
      {seeWord(alert)}
    </a>
  )
}

function seeWord({ job_id, path }: AlertView): string {
  if (job_id !== null) return 'See the job'
  return path.startsWith('/printers/') ? 'See the printer' : 'See the cause'
}

/** Folded away until somebody asks. */
function OverAlerts() {
  const [isOpen, setIsOpen] = useState(false)
  const alerts = useOverAlerts(isOpen)
  return (
    <details className="border-t border-line" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="flex min-h-12 cursor-pointer items-center px-5 text-sm font-medium text-muted hover:text-ink">
        What is over
      </summary>
      {alerts === undefined ? (
        isOpen && <Skeleton rows={2} />
      ) : alerts.length === 0 ? (
        <p className="px-5 pb-4 text-sm text-muted">Nothing yet.</p>
      ) : (
        <ul className="divide-y divide-line border-t border-line">
          {alerts.map((alert) => (
            <li key={alert.id} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-5 py-2.5 text-sm">
              <span className="min-w-0 flex-1 basis-60 break-words">
                {alert.title}
                {alert.count > 1 ? (
                  <span className="num font-semibold"> ×{alert.count.toLocaleString('en')}</span>
                ) : null}
              </span>
              <span className="text-muted">
                {alert.acknowledged_by === null ? 'over by itself' : `seen to by ${alert.acknowledged_by}`},{' '}
                <TimeAgo at={alert.closed_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </details>
  )
}
