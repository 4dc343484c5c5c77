import type { FloorCell } from '@andon/core'
import { exactTime } from '../../ui/format.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'
import type { Tone } from '../../ui/state-badge.tsx'
import { CELL_LOOKS, operationWord, sourceWord } from './floor-words.ts'

const TONES: Record<Tone, string> = {
  idle: 'border-line bg-transparent text-muted',
  run: 'border-transparent bg-run-soft text-run',
  ok: 'border-transparent bg-ok-soft text-ok',
  warn: 'border-warn-solid/50 bg-warn-soft text-warn',
  bad: 'border-bad-solid/60 bg-bad-soft text-bad font-semibold',
}

const SOURCE_ICONS: Record<NonNullable<FloorCell['source']>, IconName> = {
  print_os: 'printer',
  scanner: 'barcode',
  manual: 'user',
}

/** Picture, word and colour of an operation, as wide as its column; behind them who said so, and whether that is denied. */
export function CellMark({ cell }: { readonly cell: FloorCell }) {
  const look = CELL_LOOKS[cell.state]
  return (
    <span
      className={`@container relative flex h-8 w-full items-center gap-1.5 rounded-lg border px-2 text-sm leading-none font-medium whitespace-nowrap in-data-[contrast=high]:border-current ${TONES[look.tone]}`}
    >
      <Icon name={look.icon} size={17} />
      <span className="flex-1 truncate text-left leading-5">{look.word}</span>
      {cell.conflict === null ? null : <ConflictMark />}
      {cell.source === null || cell.state === 'open' ? null : (
        <Icon name={SOURCE_ICONS[cell.source]} size={14} className="hidden opacity-70 @[6.5rem]:block" />
      )}
    </span>
  )
}

function ConflictMark() {
  return (
    <span className="absolute -top-1.5 -right-1.5 grid size-5 place-items-center rounded-full bg-warn-solid text-black">
      <Icon name="alert" size={13} />
      <span className="sr-only">Conflict</span>
    </span>
  )
}

/** Everything about a cell in one sentence, for those who hear it. */
export function cellSentence(type: string, cell: FloorCell, zone: string): string {
  return [
    `${operationWord(type)}: ${CELL_LOOKS[cell.state].word}`,
    cell.source === null ? null : sourceWord(cell.source),
    cell.at === null ? null : exactTime(cell.at, zone),
    cell.note,
    cell.conflict === null ? null : `Conflict: ${cell.conflict}`,
  ]
    .filter((part) => part !== null)
    .join(', ')
}
