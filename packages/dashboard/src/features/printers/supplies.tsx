import type { PrinterView } from '@andon/core'
import { ProgressBar } from '../../ui/progress-bar.tsx'

/** Below these percentages a supply is worth a colour. */
const LOW = 15
const EMPTY = 3

/** What is left of media, ribbon and ink; those that the device cannot measure say so. */
export function Supplies({ supplies }: { readonly supplies: PrinterView['supplies'] }) {
  if (supplies.length === 0) return null
  return (
    <dl className="grid grid-cols-2 gap-x-5 gap-y-2.5">
      {supplies.map(({ name, level }) => (
        <div key={name} className="min-w-0 text-sm">
          <dt className="num flex justify-between gap-2">
            <span className="truncate text-muted">{name}</span>
            <span className={level !== null && level <= LOW ? 'font-semibold text-bad' : ''}>
              {level === null ? 'unknown' : `${level} %`}
            </span>
          </dt>
          <dd className="mt-1">
            {level === null ? null : (
              <ProgressBar
                percent={level}
                tone={level <= EMPTY ? 'bad' : level <= LOW ? 'warn' : 'idle'}
                label={`${name} left`}
                height="thin"
              />
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}
