import type { AttentionView } from '@andon/core'
import { Link, type LinkProps } from '@tanstack/react-router'
import { buttonClass } from '../../ui/button.tsx'
import { plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Panel } from '../../ui/panel.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { useAttention } from './attention.ts'

/** Who is needed: the cause, what to do about it, and the button that leads there. */
export function AttentionList() {
  const needs = useAttention()
  if (needs === undefined) return null
  if (needs.length === 0) return <AllWell />
  return (
    <Panel title="Needs attention" aside={<span className="num text-sm text-muted">{needs.length}</span>}>
      <ul className="divide-y divide-line">
        {needs.map((need, index) => (
          <Need key={`${need.kind} ${need.id}`} need={need} isOpen={index === 0} />
        ))}
      </ul>
    </Panel>
  )
}

function AllWell() {
  return (
    <section className="flex items-center gap-3 rounded-card border border-ok-solid/35 bg-ok-soft px-5 py-4 text-ok">
      <Icon name="checkCircle" size={24} />
      <p className="font-medium">Nothing needs you. What stops will appear here with what to do about it.</p>
    </section>
  )
}

function Need({ need, isOpen }: { readonly need: AttentionView; readonly isOpen: boolean }) {
  const isBad = need.severity === 'error'
  return (
    <li className="relative flex flex-wrap gap-x-4 gap-y-3 py-4 pr-5 pl-6 sm:flex-nowrap">
      <span
        aria-hidden="true"
        className={`absolute inset-y-0 left-0 w-1.5 ${isBad ? 'bg-bad-solid' : 'bg-warn-solid'}`}
      />
      <Icon name={isBad ? 'alert' : 'ask'} size={26} className={`mt-0.5 ${isBad ? 'text-bad' : 'text-warn'}`} />
      <div className="min-w-0 flex-1 basis-64">
        <h3 className="text-[1.0625rem] leading-snug">{need.title}</h3>
        <p className="mt-0.5 text-sm text-muted">
          Since <TimeAgo at={need.since} />
          {need.jobs_waiting > 0 ? (
            <strong className="font-semibold text-ink"> · {plural(need.jobs_waiting, 'job waits', 'jobs wait')}</strong>
          ) : null}
        </p>
        {need.what === null ? null : <p className="mt-2">{need.what}</p>}
        {need.steps.length === 0 ? null : (
          <details open={isOpen} className="group mt-1">
            <summary className="inline-flex min-h-8 list-none items-center gap-1 text-sm font-medium text-accent [&::-webkit-details-marker]:hidden">
              <Icon name="chevronRight" size={15} className="transition-transform group-open:rotate-90" />
              What to do
            </summary>
            <Steps steps={need.steps} />
          </details>
        )}
      </div>
      <Link {...linkOf(need)} className={`${buttonClass(isBad ? 'primary' : 'plain')} self-start max-sm:w-full`}>
        {need.kind === 'job' ? 'Decide' : need.kind === 'printer' ? 'Open printer' : 'Look at it'}
        <Icon name="chevronRight" size={16} />
      </Link>
    </li>
  )
}

/** What to do, in order. */
export function Steps({ steps }: { readonly steps: readonly string[] }) {
  if (steps.length === 0) return null
  return (
    <ol className="mt-2 space-y-1">
      {steps.map((step, index) => (
        <li key={step} className="flex gap-2.5">
          <span className="num mt-0.5 grid size-5 shrink-0 place-items-center rounded-full bg-idle-soft text-xs font-semibold text-idle">
            {index + 1}
          </span>
          <span>{step}</span>
        </li>
      ))}
    </ol>
  )
}

function linkOf({ kind, id }: AttentionView): LinkProps {
  if (kind === 'printer') return { to: '/printers/$name', params: { name: id } }
  if (kind === 'job') return { to: '/jobs/$jobId', params: { jobId: id } }
  if (kind === 'station') return { to: '/stations' }
  if (kind === 'floor') return { to: '/floor' }
  return { to: '/workers' }
}
