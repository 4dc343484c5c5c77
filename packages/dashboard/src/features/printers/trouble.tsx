import type { PrinterView } from '@andon/core'
import { Icon } from '../../ui/icon.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { Steps } from '../overview/attention-list.tsx'

type Trouble = PrinterView['troubles'][number]

const LOOKS = {
  error: { box: 'border-bad-solid/40 bg-bad-soft', text: 'text-bad' },
  warning: { box: 'border-warn-solid/50 bg-warn-soft', text: 'text-warn' },
  info: { box: 'border-line bg-sunken', text: 'text-ink' },
} as const

/** Everything that is the matter, worst first, each with what to do. */
export function Troubles({ troubles }: { readonly troubles: readonly Trouble[] }) {
  return troubles.map((trouble) => (
    <section
      key={trouble.reason}
      aria-label={trouble.title}
      className={`rounded-xl border px-4 py-3 ${LOOKS[trouble.severity].box}`}
    >
      <p className={`flex items-center gap-2 font-semibold ${LOOKS[trouble.severity].text}`}>
        <Icon name={trouble.severity === 'info' ? 'ask' : 'alert'} />
        {trouble.title}
      </p>
      <p className="mt-1 text-sm">{trouble.what}</p>
      <Steps steps={trouble.steps} />
      {trouble.raw === trouble.reason || trouble.raw === '' ? null : (
        <p className="mt-2 text-xs text-muted">
          The device says: <code>{trouble.raw}</code>
        </p>
      )}
    </section>
  ))
}

/** Who paused it, why, and until when. */
export function PauseNote({ printer }: { readonly printer: PrinterView }) {
  const { pause } = printer
  if (pause === null || (pause.is_by_trouble && printer.troubles.length > 0)) return null
  return (
    <p className="flex items-start gap-2 rounded-xl border border-warn-solid/50 bg-warn-soft px-4 py-3 text-sm">
      <Icon name="hand" className="text-warn" />
      <span>
        <strong className="font-semibold text-warn">{pause.reason ?? 'Paused'}</strong>
        <span className="block">
          {pause.is_by_trouble ? 'It goes on by itself when the device is well.' : `Paused by ${pause.by} `}
          {pause.is_by_trouble ? null : <TimeAgo at={pause.at} />}
          {pause.until === null ? null : (
            <>
              , goes on <TimeAgo at={pause.until} />
            </>
          )}
        </span>
      </span>
    </p>
  )
}
