import { count } from '../../ui/format.ts'
import { ProgressBar } from '../../ui/progress-bar.tsx'

export interface MeasureProps {
  readonly word: string
  readonly used: number
  /** Null: without a limit. */
  readonly of: number | null
  /** Of the bar, for those who cannot see it. */
  readonly label: string
}

/** What is used of a limit now; stands in a `dl`. */
export function Measure({ label, of, used, word }: MeasureProps) {
  return (
    <div>
      <dt className="text-muted">{word}</dt>
      <dd className="font-medium">
        {count(used)}
        <span className="font-normal text-muted">{of === null ? ', no limit' : ` of ${count(of)}`}</span>
        {of === null ? null : (
          <span className="mt-1 block max-w-28">
            <ProgressBar
              percent={Math.min(100, (used / of) * 100)}
              tone={used >= of ? 'warn' : 'run'}
              height="thin"
              label={label}
            />
          </span>
        )}
      </dd>
    </div>
  )
}
