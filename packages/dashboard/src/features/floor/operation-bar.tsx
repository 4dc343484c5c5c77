import type { FloorCounts } from '@andon/core'
import { count } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { CELL_LOOKS, CELL_STATES, operationWord } from './floor-words.ts'

const FILLS = { done: 'bg-ok-solid', partly: 'bg-warn-solid', aborted: 'bg-bad-solid', open: '' } as const
const TEXTS = { done: 'text-ok', partly: 'text-warn', aborted: 'text-bad', open: 'text-muted' } as const

interface OperationBarProps {
  readonly type: string
  readonly counts: FloorCounts
  readonly isLarge?: boolean
}

/** How many jobs are how far in an operation; one among a thousand is still seen. */
export function OperationBar({ type, counts, isLarge = false }: OperationBarProps) {
  const { aborted, done, open, partly } = counts
  const total = done + partly + aborted + open
  const said = CELL_STATES.filter((state) => counts[state] > 0).map(
    (state) => `${count(counts[state])} ${CELL_LOOKS[state].word.toLowerCase()}`,
  )
  return (
    <div className="min-w-0">
      <p className="num flex min-h-6 items-center justify-between gap-2 text-sm">
        <span className={`truncate font-medium ${isLarge ? 'text-base' : ''}`}>{operationWord(type)}</span>
        <span className={`text-muted ${isLarge ? '' : 'text-[0.8125rem]'}`}>
          {done === total && total > 0 ? (
            <span className="inline-flex items-center gap-1 font-medium text-ok">
              <Icon name="check" size={14} />
              All {isLarge ? count(total) : ''}
            </span>
          ) : (
            `${count(done)}${isLarge ? ` of ${count(total)}` : ''}`
          )}
        </span>
      </p>
      <div
        role="img"
        aria-label={`${operationWord(type)}: ${said.join(', ')}`}
        className={`mt-1.5 flex w-full gap-px overflow-hidden rounded-full bg-idle-soft in-data-[contrast=high]:border ${isLarge ? 'h-3.5' : 'h-2.5'}`}
      >
        {CELL_STATES.map((state) =>
          counts[state] === 0 || state === 'open' ? null : (
            <span
              key={state}
              className={`h-full min-w-1.5 transition-[width] duration-300 ${FILLS[state]}`}
              style={{ width: `${(counts[state] / Math.max(1, total)) * 100}%` }}
            />
          ),
        )}
      </div>
      <p className={`num mt-1 flex min-h-5 flex-wrap gap-x-3 text-[0.8125rem] ${isLarge ? '' : 'empty:hidden'}`}>
        {(['aborted', 'partly', ...(isLarge ? (['open'] as const) : [])] as const).map((state) =>
          counts[state] === 0 ? null : (
            <span key={state} className={`inline-flex items-center gap-1 font-medium ${TEXTS[state]}`}>
              <Icon name={CELL_LOOKS[state].icon} size={14} />
              {count(counts[state])} {CELL_LOOKS[state].word.toLowerCase()}
            </span>
          ),
        )}
      </p>
    </div>
  )
}
