import { type EventKind, type JobView, type PrinterView, ROLES } from '@andon/core'
import type { Viewer } from './audience.ts'

/** Facts about a job that are worth a toast. */
export const TOAST_KINDS: ReadonlySet<EventKind> = new Set([
  'completed',
  'completed_with_errors',
  'failed',
  'cancelled',
  'unconfirmed',
])

const LEVELS = {
  completed: 'success',
  completed_with_errors: 'warning',
  failed: 'error',
  cancelled: 'info',
} as const

const TITLES = {
  completed: 'Completed',
  completed_with_errors: 'Completed with errors',
  failed: 'Failed',
  cancelled: 'Cancelled',
} as const

/** Something to tell a person in passing. */
export interface Toast {
  readonly level: 'success' | 'info' | 'warning' | 'error'
  readonly title: string
  readonly text: string
  readonly job_id?: string
  readonly printer?: string
}

/** The toast for a job that has ended or needs somebody; null for one that goes on. */
export function jobToast(job: JobView): Toast | null {
  const what = job.description ?? job.type
  if (job.wait_reason === 'unconfirmed') {
    return { level: 'warning', title: 'Needs confirmation', text: `${what}: ${job.advice}`, job_id: job.id }
  }
  if (!isEnded(job.state)) return null
  const detail = job.error?.message ?? job.summary ?? job.progress?.text
  const text = detail ? `${what}: ${detail}` : what
  return { level: LEVELS[job.state], title: TITLES[job.state], text, job_id: job.id }
}

/** The toast for a printer that has come into trouble or out of it; null when neither. */
export function printerToast(before: PrinterView | undefined, now: PrinterView): Toast | null {
  const [was, is] = [before === undefined ? null : troubleOf(before), troubleOf(now)]
  if (before === undefined || was === is) return null
  if (is === null) return { level: 'success', title: now.name, text: 'The printer is well again', printer: now.name }
  const step = now.troubles[0]?.steps[0]
  return { level: 'error', title: `${now.name}: ${is}`, text: step ?? now.message ?? is, printer: now.name }
}

/** What a person must see to, in a few words; null while the printer is well. */
function troubleOf({ state, status_text, troubles }: PrinterView): string | null {
  const worst = troubles.find(({ severity }) => severity === 'error')
  if (worst) return worst.title
  return state === 'offline' || state === 'stopped' ? status_text : null
}

/** Whether a job concerns the viewer: it is their own, or they look after all prints. */
export function concerns(viewer: Viewer, job: { readonly accountId: number | null; readonly type: string }): boolean {
  return job.accountId === viewer.accountId || (followsPrints(viewer) && job.type.startsWith('print.'))
}

/** Supervisors follow all prints and printers, since most prints come from machines. */
export function followsPrints(viewer: Viewer): boolean {
  return ROLES.indexOf(viewer.role) >= ROLES.indexOf('supervisor')
}

function isEnded(state: JobView['state']): state is keyof typeof LEVELS {
  return Object.hasOwn(LEVELS, state)
}
