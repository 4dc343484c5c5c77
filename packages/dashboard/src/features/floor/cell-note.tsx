import type { FloorCell } from '@andon/core'
import { type FocusEvent, type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { exactTime } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Badge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { usePreferences } from '../preferences/preferences.ts'
import { CELL_LOOKS, operationWord, sourceWord } from './floor-words.ts'

/** A cell that is pointed at: `data-owner` and `data-cell` of its element name it. */
export interface PointedCell {
  readonly element: HTMLElement
  readonly owner: string
  readonly type: string
}

/** How long the way from a cell to its note may take. */
const LEAVE_MS = 150

/** Which cell is pointed at or has focus, for one note over all of them, and what listens for it. */
export function usePointedCell() {
  const [pointed, setPointed] = useState<PointedCell | null>(null)
  const leaving = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const enter = (target: EventTarget) => {
    const element = target instanceof Element ? target.closest<HTMLElement>('[data-cell]') : null
    if (element === null) return
    clearTimeout(leaving.current)
    setPointed({ element, owner: element.dataset['owner'] ?? '', type: element.dataset['cell'] ?? '' })
  }
  const leave = () => {
    clearTimeout(leaving.current)
    leaving.current = setTimeout(() => setPointed(null), LEAVE_MS)
  }
  return {
    pointed,
    stay: () => clearTimeout(leaving.current),
    leave,
    listeners: {
      onPointerOver: (event: PointerEvent) => enter(event.target),
      onPointerOut: leave,
      onFocus: (event: FocusEvent) => enter(event.target),
      onBlur: leave,
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === 'Escape') setPointed(null)
      },
    },
  }
}

export interface CellNoteProps {
  readonly pointed: PointedCell
  readonly cell: FloorCell
  readonly onStay: () => void
  readonly onLeave: () => void
}

const GAP_PX = 6
const EDGE_PX = 12

/** Who said so, when, and what they noted, beside the cell. Screen readers hear the same as the cell's own label. */
export function CellNote({ pointed, cell, onStay, onLeave }: CellNoteProps) {
  const { zone } = usePreferences()
  const box = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState<{ readonly left: number; readonly top: number } | null>(null)
  useLayoutEffect(() => {
    const note = box.current?.getBoundingClientRect()
    if (note === undefined) return
    const at = pointed.element.getBoundingClientRect()
    const left = Math.max(EDGE_PX, Math.min(at.left, document.documentElement.clientWidth - note.width - EDGE_PX))
    const fits = at.bottom + GAP_PX + note.height < innerHeight
    const top = fits ? at.bottom + GAP_PX : at.top - GAP_PX - note.height
    setPlace({ left: left + scrollX, top: top + scrollY })
  }, [pointed, cell])
  return createPortal(
    <div
      ref={box}
      role="tooltip"
      onPointerEnter={onStay}
      onPointerLeave={onLeave}
      className={`absolute z-40 w-72 max-w-[calc(100vw-1.5rem)] rounded-xl border border-line bg-raised p-3.5 text-sm text-ink shadow-pop ${place === null ? 'invisible' : ''}`}
      style={place ?? { left: 0, top: 0 }}
    >
      <p className="flex items-center justify-between gap-3">
        <strong className="font-semibold">{operationWord(pointed.type)}</strong>
        <Badge look={CELL_LOOKS[cell.state]} />
      </p>
      {cell.source === null ? null : (
        <p className="mt-2">
          {sourceWord(cell.source)}
          {cell.at === null ? null : (
            <span className="text-muted">
              {' '}
              · <TimeAgo at={cell.at} />
              <span className="num block">{exactTime(cell.at, zone)}</span>
            </span>
          )}
        </p>
      )}
      {cell.note === null ? null : <p className="mt-2 break-words">{cell.note}</p>}
      {cell.conflict === null ? null : (
        <p className="mt-2 flex gap-2 font-medium text-warn">
          <Icon name="alert" size={16} className="mt-0.5" />
          {cell.conflict}
        </p>
      )}
      {cell.source === null && cell.note === null ? <p className="mt-2 text-muted">Nobody reported it yet.</p> : null}
    </div>,
    document.body,
  )
}
