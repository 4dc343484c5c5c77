import { Link, type LinkProps } from '@tanstack/react-router'
import { memo } from 'react'
import { Icon } from '../../ui/icon.tsx'
import { usePreferences } from '../preferences/preferences.ts'
import { CellMark, cellSentence } from './cell-mark.tsx'
import { operationWord } from './floor-words.ts'
import type { MatrixLine } from './matrix.tsx'

interface MatrixRowProps extends Omit<MatrixLine, 'key'> {
  readonly rowKey: string
  readonly types: readonly string[]
  readonly template: string
  /** Its place in the whole table, from 1, for screen readers. */
  readonly rowIndex: number
  readonly isNarrow: boolean
  readonly onExpand: ((id: string) => void) | undefined
}

/** One row of the matrix. It is drawn again only when something of it changed. */
export const MatrixRow = memo(function MatrixRow(props: MatrixRowProps) {
  const { depth, isGone, isNarrow, rowIndex, rowKey, template } = props
  const look = `absolute inset-0 border-b border-line hover:bg-ground ${isGone ? 'opacity-55' : ''}`
  return (
    <div
      role="row"
      aria-rowindex={rowIndex}
      data-row={rowKey}
      className={`${look} ${isNarrow ? 'px-4 pt-1' : 'grid items-center gap-x-2 px-5'}`}
      style={isNarrow ? {} : { gridTemplateColumns: template }}
    >
      <span role="cell" className={`flex min-w-0 items-center gap-1.5 pr-3 ${depth === 1 ? 'pl-9' : ''}`}>
        <Name {...props} />
      </span>
      {isNarrow ? (
        <span role="presentation" className="grid gap-x-2" style={{ gridTemplateColumns: template }}>
          <Cells {...props} />
        </span>
      ) : (
        <Cells {...props} />
      )}
    </div>
  )
})

function Name({ id, isExpanded, kind, name, note, onExpand }: MatrixRowProps) {
  return (
    <>
      {isExpanded === null ? null : (
        <button
          type="button"
          aria-expanded={isExpanded}
          aria-label={`Jobs on ${name}`}
          onClick={() => onExpand?.(id)}
          className="-ml-3 grid size-11 shrink-0 place-items-center rounded-lg hover:bg-idle-soft"
        >
          <Icon name="chevronRight" size={17} className={`transition-transform ${isExpanded ? 'rotate-90' : ''}`} />
        </button>
      )}
      <Link
        {...linkOf(kind, id)}
        data-row-link
        className="num inline-flex min-h-11 min-w-0 items-center font-medium hover:underline"
      >
        <span className="truncate">{name}</span>
      </Link>
      <span className="num ml-auto shrink-0 pl-2 text-[0.8125rem] text-muted">{note}</span>
    </>
  )
}

function linkOf(kind: MatrixLine['kind'], id: string): LinkProps {
  return kind === 'job'
    ? { to: '/floor/jobs/$floorJobId', params: { floorJobId: id } }
    : { to: '/floor/impositions/$impositionId', params: { impositionId: id } }
}

function Cells({ isNarrow, name, operations, rowKey, types }: MatrixRowProps) {
  const { zone } = usePreferences()
  return types.map((type) => {
    const cell = operations[type]
    return cell === undefined ? (
      <span key={type} role="cell" />
    ) : (
      <span key={type} role="cell" className="relative min-w-0">
        {isNarrow ? (
          <span className="pointer-events-none absolute top-0.5 left-0 text-xs leading-3 text-muted">
            {operationWord(type)}
          </span>
        ) : null}
        <button
          type="button"
          tabIndex={-1}
          data-owner={rowKey}
          data-cell={type}
          aria-label={`${name}, ${cellSentence(type, cell, zone)}`}
          className={`flex w-full cursor-default rounded-lg ${isNarrow ? 'min-h-12 items-end' : 'min-h-11 items-center'}`}
        >
          <CellMark cell={cell} />
        </button>
      </span>
    )
  })
}
