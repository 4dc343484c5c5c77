import type { JobState, JobView, PrinterView } from '@andon/core'
import { Icon, type IconName } from './icon.tsx'

export type Tone = 'idle' | 'run' | 'ok' | 'warn' | 'bad'

/** How a state looks everywhere: word, picture and colour belong together. */
export interface Look {
  readonly word: string
  readonly icon: IconName
  readonly tone: Tone
}

export const STATE_LOOKS: Record<JobState, Look> = {
  pending: { word: 'Pending', icon: 'clock', tone: 'idle' },
  sent: { word: 'Sent', icon: 'send', tone: 'run' },
  queued: { word: 'Queued', icon: 'wait', tone: 'idle' },
  running: { word: 'Running', icon: 'activity', tone: 'run' },
  completed: { word: 'Completed', icon: 'checkCircle', tone: 'ok' },
  completed_with_errors: { word: 'Completed with Errors', icon: 'half', tone: 'warn' },
  failed: { word: 'Failed', icon: 'xCircle', tone: 'bad' },
  cancelled: { word: 'Cancelled', icon: 'ban', tone: 'idle' },
}

const TONES: Record<Tone, string> = {
  idle: 'bg-idle-soft text-idle',
  run: 'bg-run-soft text-run',
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
}

/** What of a job decides how its state looks. */
export type Stateful = Pick<JobView, 'state' | 'type' | 'is_cancelling' | 'wait_reason'>

/** Prints say "Printing"; a job that is being stopped or that must be asked about says so. */
export function lookOf(job: Stateful): Look {
  if (job.is_cancelling) return { word: 'Cancelling', icon: 'ban', tone: 'warn' }
  if (job.state === 'pending' && job.wait_reason === 'unconfirmed') {
    return { word: 'Needs confirmation', icon: 'ask', tone: 'warn' }
  }
  if (job.state === 'running' && job.type.startsWith('print.')) {
    return { word: 'Printing', icon: 'printer', tone: 'run' }
  }
  return STATE_LOOKS[job.state]
}

/** The state of a job. */
export function StateBadge({ job, isLarge = false }: { readonly job: Stateful; readonly isLarge?: boolean }) {
  return <Badge look={lookOf(job)} isLarge={isLarge} />
}

/** How a printer's state looks. */
export function printerLook(
  printer: Pick<PrinterView, 'current_job' | 'state' | 'pause' | 'troubles' | 'status_text'>,
): Look {
  const worst = printer.troubles[0]?.severity
  const word = printer.status_text
  if (printer.state === 'offline') return { word, icon: 'offline', tone: 'bad' }
  if (printer.state === 'unknown') return { word, icon: 'ask', tone: 'idle' }
  if (printer.state === 'stopped' || worst === 'error') return { word, icon: 'alert', tone: 'bad' }
  if (printer.pause !== null) return { word, icon: 'hand', tone: 'warn' }
  if (worst === 'warning') return { word, icon: 'alert', tone: 'warn' }
  // Between two labels the device is idle for a moment; the job under way says better that it prints.
  const isPrinting = printer.state === 'processing' || printer.current_job !== null
  return { word, icon: isPrinting ? 'printer' : 'checkCircle', tone: 'ok' }
}

/** Picture, word and colour. */
export function Badge({ look, isLarge = false }: { readonly look: Look; readonly isLarge?: boolean }) {
  const size = isLarge ? 'gap-2 px-3 py-1.5 text-base' : 'gap-1.5 px-2 py-0.5 text-[0.8125rem]'
  return (
    <span
      className={`inline-flex items-center rounded-full leading-5 font-medium whitespace-nowrap in-data-[contrast=high]:outline in-data-[contrast=high]:outline-current ${size} ${TONES[look.tone]}`}
    >
      <Icon name={look.icon} size={isLarge ? 19 : 15} />
      {look.word}
    </span>
  )
}

/** Border and ground of a tile by what it shows: calm while all is well. */
export const TILE_EDGES: Record<Tone, string> = {
  ok: 'border-line bg-surface',
  run: 'border-line bg-surface',
  idle: 'border-line bg-sunken',
  warn: 'border-warn-solid/50 bg-warn-soft',
  bad: 'border-bad-solid/45 bg-bad-soft',
}
