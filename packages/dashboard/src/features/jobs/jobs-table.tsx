import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Tick } from '../../ui/form.tsx'
import { useWindowWidth } from '../../ui/window-width.ts'
import { useKeys } from '../keys/keys.ts'
import type { Column } from './columns.tsx'
import type { Line } from './groups.ts'
import { JobRow } from './job-row.tsx'

const WIDE_ROW_PX = 60
const NARROW_ROW_PX = 104
const GROUP_PX = 44

export interface JobsTableProps {
  readonly lines: readonly Line[]
  readonly columns: readonly Column[]
  readonly selected: ReadonlySet<string>
  readonly gone: ReadonlySet<string>
  readonly canAct: boolean
  readonly onSelect: (id: string, isOn: boolean, isRange: boolean) => void
  readonly onSelectAll: (isOn: boolean) => void
  /** Called when the end comes into sight. */
  readonly onEnd: () => void
}

/** The rows in sight, and only those. */
export function JobsTable(props: JobsTableProps) {
  const { lines, columns, selected } = props
  const box = useRef<HTMLDivElement>(null)
  const isNarrow = useWindowWidth() < NARROW_PX
  const rows = useWindowVirtualizer({
    count: lines.length,
    overscan: 12,
    scrollMargin: useTopOf(box),
    estimateSize: (index) => (lines[index]?.kind === 'group' ? GROUP_PX : isNarrow ? NARROW_ROW_PX : WIDE_ROW_PX),
    getItemKey: (index) => keyOf(lines[index], index),
  })
  useEffect(() => rows.measure(), [rows, isNarrow, lines])
  useRowKeys({ box, lines, onSelect: props.onSelect, selected, scrollTo: (index) => rows.scrollToIndex(index) })
  const shown = rows.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  const { onEnd } = props
  useEffect(() => {
    if (lines.length > 0 && last >= lines.length - 5) onEnd()
  }, [last, lines.length, onEnd])
  const template = `2.75rem ${columns.map(({ width }) => width).join(' ')} 2.75rem`
  return (
    <div role="table" aria-label="Jobs" aria-rowcount={lines.length + 1} ref={box}>
      {isNarrow ? null : <HeaderRow {...props} template={template} />}
      <div role="rowgroup" className="relative" style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, key, start, size }) => {
          const line = lines[index]
          if (line === undefined) return null
          return (
            <div
              key={key}
              role="presentation"
              className="absolute inset-x-0 top-0"
              style={{ height: size, transform: `translateY(${start - rows.options.scrollMargin}px)` }}
            >
              {line.kind === 'group' ? (
                <GroupRow word={line.word} count={line.count} rowIndex={index + 2} />
              ) : (
                <JobRow
                  id={line.id}
                  columns={columns}
                  template={template}
                  rowIndex={index + 2}
                  isSelected={selected.has(line.id)}
                  isFrozen={selected.size > 0}
                  isGone={props.gone.has(line.id)}
                  isNarrow={isNarrow}
                  canAct={props.canAct}
                  onSelect={props.onSelect}
                />
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function keyOf(line: Line | undefined, index: number): string | number {
  if (line === undefined) return index
  return line.kind === 'job' ? line.id : `group ${line.word}`
}

function HeaderRow({
  columns,
  template,
  lines,
  selected,
  onSelectAll,
}: JobsTableProps & { readonly template: string }) {
  const jobs = lines.filter((line) => line.kind === 'job').length
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="sticky top-15 z-20 grid items-center gap-x-3 rounded-t-card border-b border-line bg-surface pr-2"
      style={{ gridTemplateColumns: template }}
    >
      <span role="columnheader">
        <Tick
          label="Select all loaded jobs"
          isOn={jobs > 0 && selected.size === jobs}
          isMixed={selected.size > 0 && selected.size < jobs}
          onChange={onSelectAll}
        />
      </span>
      {columns.map((column) => (
        <span
          key={column.id}
          role="columnheader"
          className={`truncate text-[0.8125rem] font-medium text-muted ${column.isRight ? 'text-right' : ''}`}
        >
          {column.word}
        </span>
      ))}
      <span role="columnheader">
        <span className="sr-only">Acts</span>
      </span>
    </div>
  )
}

function GroupRow({
  word,
  count,
  rowIndex,
}: {
  readonly word: string
  readonly count: number
  readonly rowIndex: number
}) {
  return (
    <div
      role="row"
      aria-rowindex={rowIndex}
      className="flex h-full items-end gap-2 border-b border-line bg-sunken px-4 pb-2"
    >
      <span role="cell" className="text-sm font-semibold">
        {word} <span className="num font-normal text-muted">{count}</span>
      </span>
    </div>
  )
}

interface RowKeys {
  readonly box: RefObject<HTMLDivElement | null>
  readonly lines: readonly Line[]
  readonly selected: ReadonlySet<string>
  readonly onSelect: JobsTableProps['onSelect']
  readonly scrollTo: (index: number) => void
}

/** `j` and `k` move the browser's own focus from row to row, `x` selects the one that has it. */
function useRowKeys({ box, lines, selected, onSelect, scrollTo }: RowKeys): void {
  const idAtFocus = () => document.activeElement?.closest('[data-job]')?.getAttribute('data-job') ?? null
  const focus = (id: string) => {
    const link = box.current?.querySelector<HTMLElement>(`[data-job="${id}"] [data-row-link]`)
    link?.focus()
    return link !== null && link !== undefined
  }
  const move = (step: 1 | -1) => {
    const jobs = lines.flatMap((line, index) => (line.kind === 'job' ? [{ id: line.id, index }] : []))
    const now = jobs.findIndex(({ id }) => id === idAtFocus())
    const next = jobs[now < 0 ? 0 : Math.max(0, Math.min(jobs.length - 1, now + step))]
    if (next === undefined) return
    scrollTo(next.index)
    if (!focus(next.id)) requestAnimationFrame(() => focus(next.id))
  }
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const id = idAtFocus()
      if (id !== null) onSelect(id, !selected.has(id), false)
    },
  })
}

/** Below this width a row is a card. */
const NARROW_PX = 900

/** Where the table begins on the page: rows are placed by the window's scroll position. */
function useTopOf(box: RefObject<HTMLDivElement | null>): number {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const now = (box.current?.getBoundingClientRect().top ?? 0) + scrollY
    if (Math.abs(now - top) > 1) setTop(now)
  })
  return top
}
