import type { FloorCell } from '@andon/core'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { useWindowWidth } from '../../ui/window-width.ts'
import { useKeys } from '../keys/keys.ts'
import { CellNote, usePointedCell } from './cell-note.tsx'
import { operationWord } from './floor-words.ts'
import { MatrixRow } from './matrix-row.tsx'

/** One row: a job or an imposition with its operations. */
export interface MatrixLine {
  /** One for each row of the table. */
  readonly key: string
  readonly kind: 'job' | 'imposition'
  readonly id: string
  readonly name: string
  /** Under the name, such as `3 files`. */
  readonly note: string
  readonly operations: Readonly<Record<string, FloorCell>>
  /** 1 under an imposition that is open, otherwise 0. */
  readonly depth: 0 | 1
  /** Whether its jobs are shown; null when there is nothing to show. */
  readonly isExpanded: boolean | null
  /** It no longer belongs to what is shown, and stays until the view changes. */
  readonly isGone: boolean
}

/** What other parts of the page can ask of the table. */
export interface MatrixHandle {
  /** Brings a row into sight and puts the focus on it. */
  readonly goTo: (key: string) => void
}

export interface MatrixProps {
  readonly label: string
  readonly lines: readonly MatrixLine[]
  /** The shop's operations, in their order. */
  readonly types: readonly string[]
  readonly onExpand?: (id: string) => void
  readonly handle?: RefObject<MatrixHandle | null>
  readonly children?: ReactNode
}

const WIDE_ROW_PX = 48
const NARROW_NAME_PX = 46
const NARROW_CELLS_PX = 50
/** What a name and an operation need in a row; where they have less, a row is a card. */
const NAME_PX = 200
const COLUMN_PX = 108
/** What an operation needs in a card. */
const CARD_CELL_PX = 150

/** Rows against the operations of the shop: only what is in sight is drawn, and a cell that changes changes alone. */
export function Matrix({ label, lines, types, onExpand, handle }: MatrixProps) {
  const box = useRef<HTMLDivElement>(null)
  const { top, width } = usePlaceOf(box)
  const isNarrow = width < NAME_PX + types.length * COLUMN_PX
  const cardColumns = Math.max(2, Math.floor(width / CARD_CELL_PX))
  const height = isNarrow ? NARROW_NAME_PX + Math.ceil(types.length / cardColumns) * NARROW_CELLS_PX : WIDE_ROW_PX
  const rows = useWindowVirtualizer({
    count: lines.length,
    overscan: 10,
    scrollMargin: top,
    estimateSize: () => height,
    getItemKey: (index) => lines[index]?.key ?? index,
    // What stays at the top of the page would cover a row that is gone to.
    scrollPaddingStart: 120,
  })
  useEffect(() => rows.measure(), [rows, height])
  const goTo = (index: number) => focusRow({ box, lines, index, scroll: () => rows.scrollToIndex(index) })
  useRowKeys(lines, goTo)
  useImperativeHandle(handle, () => ({ goTo: (key) => goTo(lines.findIndex((line) => line.key === key)) }))
  const { listeners, leave, pointed, stay } = usePointedCell()
  const cell = lines.find(({ key }) => key === pointed?.owner)?.operations[pointed?.type ?? '']
  const template = isNarrow
    ? `repeat(${cardColumns}, minmax(0, 1fr))`
    : `minmax(12.5rem, 1.4fr) repeat(${types.length}, minmax(0, 1fr))`
  return (
    <>
      <div
        role="table"
        aria-label={label}
        aria-rowcount={lines.length + 1}
        ref={box}
        {...listeners}
        onKeyDown={(event) => {
          listeners.onKeyDown(event)
          moveInRow(event)
        }}
      >
        {isNarrow ? null : <HeaderRow types={types} template={template} />}
        <div role="rowgroup" className="relative overflow-clip rounded-b-card" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, key, start, size }) => {
            const line = lines[index]
            return line === undefined ? null : (
              <div
                key={key}
                role="presentation"
                className="absolute inset-x-0 top-0"
                style={{ height: size, transform: `translateY(${start - rows.options.scrollMargin}px)` }}
              >
                <MatrixRow
                  {...line}
                  rowKey={line.key}
                  types={types}
                  template={template}
                  rowIndex={index + 2}
                  isNarrow={isNarrow}
                  onExpand={onExpand}
                />
              </div>
            )
          })}
        </div>
      </div>
      {pointed === null || cell === undefined ? null : (
        <CellNote pointed={pointed} cell={cell} onStay={stay} onLeave={leave} />
      )}
    </>
  )
}

function HeaderRow({ types, template }: { readonly types: readonly string[]; readonly template: string }) {
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="sticky top-15 z-20 grid min-h-11 items-center gap-x-2 rounded-t-card border-b border-line bg-surface px-5 text-[0.8125rem] font-medium text-muted"
      style={{ gridTemplateColumns: template }}
    >
      <span role="columnheader">Name</span>
      {types.map((type) => (
        <span key={type} role="columnheader" className="truncate">
          {operationWord(type)}
        </span>
      ))}
    </div>
  )
}

interface RowFocus {
  readonly box: RefObject<HTMLElement | null>
  readonly lines: readonly MatrixLine[]
  readonly index: number
  readonly scroll: () => void
}

/** A row far away is drawn a frame after the page was scrolled to it. */
function focusRow({ box, index, lines, scroll }: RowFocus): void {
  const line = lines[index]
  if (line === undefined) return
  const focus = () => {
    const row = [...(box.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])].find(
      (one) => one.dataset['row'] === line.key,
    )
    row?.querySelector<HTMLElement>('[data-row-link]')?.focus()
    return row !== undefined
  }
  scroll()
  if (!focus()) requestAnimationFrame(() => requestAnimationFrame(focus))
}

/** `j` and `k` move the browser's own focus from row to row. */
function useRowKeys(lines: readonly MatrixLine[], goTo: (index: number) => void): void {
  const move = (step: 1 | -1) => {
    const key = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row']
    const now = lines.findIndex((line) => line.key === key)
    goTo(now < 0 ? 0 : Math.max(0, Math.min(lines.length - 1, now + step)))
  }
  useKeys({ j: () => move(1), k: () => move(-1) })
}

/** Left and right go through the name and the operations of a row. */
function moveInRow(event: KeyboardEvent): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
  if (step === 0 || !(event.target instanceof HTMLElement)) return
  const stops = [
    ...(event.target.closest('[data-row]')?.querySelectorAll<HTMLElement>('[data-row-link], [data-cell]') ?? []),
  ]
  const next = stops[stops.indexOf(event.target) + step]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}

/** Where the table begins on the page, since rows are placed by the window's scroll position, and how wide it is. */
function usePlaceOf(box: RefObject<HTMLDivElement | null>): { readonly top: number; readonly width: number } {
  const [place, setPlace] = useState({ top: 0, width: useWindowWidth() })
  useLayoutEffect(() => {
    const now = box.current?.getBoundingClientRect()
    if (now === undefined) return
    const top = now.top + scrollY
    if (Math.abs(top - place.top) > 1 || Math.abs(now.width - place.width) > 1) setPlace({ top, width: now.width })
  })
  return place
}
