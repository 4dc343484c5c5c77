import type { ReactNode } from 'react'
import { buttonClass } from '../../ui/button.tsx'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Panel } from '../../ui/panel.tsx'
import { problemWords } from '../../ui/problem-words.ts'
import type { Figures } from './figures.ts'
import type { Change } from './words.ts'

interface FigurePanelProps<V> {
  readonly title: string
  readonly figures: Figures<V>
  /** Instead of the rest where there is nothing to draw; null where there is. */
  readonly emptyWords: (view: V) => string | null
  readonly children: (view: V) => ReactNode
  readonly className?: string
}

/** A set of figures with its CSV: what is known of it, or why nothing is. */
export function FigurePanel<V>({ title, figures, emptyWords, children, className = '' }: FigurePanelProps<V>) {
  const { csv, data, error, isOld } = figures
  const empty = data === undefined ? null : emptyWords(data)
  return (
    <Panel
      title={title}
      className={className}
      aside={
        <a href={csv} download className={`${buttonClass('quiet')} -mr-2`}>
          <Icon name="download" />
          CSV<span className="sr-only"> of {title}</span>
        </a>
      }
    >
      {error !== null ? (
        <Empty icon="alert" title={error.title}>
          {problemWords(error)}
        </Empty>
      ) : data === undefined ? (
        <Skeleton />
      ) : empty !== null ? (
        <p className="px-5 pt-2 pb-5 text-muted">{empty}</p>
      ) : (
        <div aria-busy={isOld} className={`space-y-4 px-5 pt-1 pb-5 ${isOld ? 'opacity-70' : ''}`}>
          {children(data)}
        </div>
      )}
    </Panel>
  )
}

const ARROWS = { up: '↑', down: '↓', same: '→' } as const

/** How a figure stands against the period before: an arrow and words; colour only says it again. */
export function Delta({ change, className = '' }: { readonly change: Change | null; readonly className?: string }) {
  if (change === null) return null
  const { direction, isBetter, words } = change
  const tone = isBetter === null ? 'text-muted' : isBetter ? 'text-ok' : 'text-bad'
  return (
    <span className={`num whitespace-nowrap ${tone} ${className}`}>
      {direction === null ? null : <span aria-hidden="true">{ARROWS[direction]} </span>}
      {words}
    </span>
  )
}

/** Heading of a column of bars. */
export const BAR_COLUMN = 'Share'

export interface TableRow {
  readonly key: string
  /** The first one names the row. */
  readonly cells: readonly ReactNode[]
}

export interface FigureTableProps {
  /** What it is a table of; for those who do not see where it stands. */
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly TableRow[]
}

/** Figures in rows; all but the first column are aligned as numbers. */
export function FigureTable({ caption, columns, rows }: FigureTableProps) {
  return (
    <table className="num w-full text-sm">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr className="border-b border-line text-left text-muted">
          {columns.map((column, place) => (
            <th
              key={column}
              scope="col"
              style={column === BAR_COLUMN ? { width: '33%' } : undefined}
              className={`py-2 font-medium ${place === 0 ? 'pr-3' : cellClass(column)}`}
            >
              {column === BAR_COLUMN ? <span className="sr-only">{column}</span> : column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ cells: [name, ...cells], key }) => (
          <tr key={key} className="border-b border-line">
            <th scope="row" className="py-1 pr-3 text-left font-normal">
              {name}
            </th>
            {cells.map((cell, place) => (
              <td key={columns[place + 1]} className={`py-1 whitespace-nowrap ${cellClass(columns[place + 1])}`}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Bars only take room where there is little. */
function cellClass(column: string | undefined): string {
  return column === BAR_COLUMN ? 'pl-3 max-md:hidden' : 'pl-3 text-right'
}

/** Every number of a chart, for those who do not see it and those who want them exactly. */
export function ChartTable(props: FigureTableProps) {
  return (
    <details className="group">
      <summary className="inline-flex min-h-11 list-none items-center gap-1.5 text-sm text-muted hover:text-ink [&::-webkit-details-marker]:hidden">
        <Icon name="chevronRight" size={15} className="transition-transform group-open:rotate-90" />
        {props.caption} as a table
      </summary>
      <div
        className="max-h-80 overflow-auto rounded-lg border border-line px-3"
        tabIndex={0}
        role="region"
        aria-label={props.caption}
      >
        <FigureTable {...props} />
      </div>
    </details>
  )
}

/** How much a part is of the greatest one. */
export function PartBar({ part, colour = 'bg-run-solid' }: { readonly part: number; readonly colour?: string }) {
  return (
    <span aria-hidden="true" className="block h-2 overflow-hidden rounded-full bg-idle-soft">
      <span
        className={`block h-full rounded-full ${colour}`}
        style={{ width: `${Math.max(part * 100, part > 0 ? 1 : 0)}%` }}
      />
    </span>
  )
}

/** A name that can be picked to see nothing but it. */
export function GroupButton({ name, onPick }: { readonly name: string; readonly onPick: (() => void) | null }) {
  if (onPick === null) return <span className="inline-flex min-h-11 items-center text-muted">{name}</span>
  return (
    <button
      type="button"
      onClick={onPick}
      title={`Only ${name}`}
      className="min-h-11 max-w-40 truncate text-left font-medium underline underline-offset-4"
    >
      {name}
    </button>
  )
}
