import type { PrinterView } from '@andon/core'
import { ProgressBar } from '../../ui/progress-bar.tsx'

/** Below these percentages a supply is worth a colour. */
const LOW = 15
const EMPTY = 3

const TEXTS = { bad: 'font-semibold text-bad', warn: 'font-semibold text-warn', idle: '' } as const

function toneOf(level: number): keyof typeof TEXTS {
  if (level <= EMPTY) return 'bad'
  return level <= LOW ? 'warn' : 'idle'
}

/** What is left of media, ribbon and ink; those that the device cannot measure say so. */
export function Supplies({ supplies }: { readonly supplies: PrinterView['supplies'] }) {
  if (supplies.length === 0) return null
  return (
    <dl className="grid grid-cols-2 gap-x-5 gap-y-2.5">
      {supplies.map(({ name, level }) => (
        <div key={name} className="min-w-0 text-sm">
          <dt className="num flex justify-between gap-2">
            <span className="truncate text-muted capitalize">{name}</span>
            <span className={level === null ? '' : TEXTS[toneOf(level)]}>
              {level === null ? 'unknown' : `${level} %`}
            </span>
          </dt>
          <dd className="mt-1">
            {level === null ? null : (
              <ProgressBar percent={level} tone={toneOf(level)} label={`${name} left`} height="thin" />
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}
