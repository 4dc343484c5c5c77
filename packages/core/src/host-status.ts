import type { StateReason } from './ports/print.ts'
import { reasonOf, worstFirst } from './reasons.ts'

/** The answer of a ZPL printer to `~HS`, as far as Andon uses it. */
export interface HostStatus {
  readonly isPaperOut: boolean
  readonly isPaused: boolean
  /** Formats that wait in the receive buffer. */
  readonly formatsInBuffer: number
  readonly isBufferFull: boolean
  /** The printer got the beginning of a label and not its end yet. */
  readonly isPartialFormat: boolean
  /** The memory with its settings is damaged. */
  readonly isRamCorrupt: boolean
  readonly isTooCold: boolean
  readonly isTooHot: boolean
  readonly isHeadUp: boolean
  readonly isRibbonOut: boolean
  /** A peeled label waits to be taken. */
  readonly isLabelWaiting: boolean
  /** Labels of the batch that are still to be printed. */
  readonly labelsRemaining: number
}

/**
 * Reads a complete answer to `~HS`: three lines between STX and ETX (ZPL II Programming Guide, `~HS`). What stands
 * before the first STX is skipped.
 *
 * @returns null while the answer is incomplete, or when it is none
 */
export function parseHostStatus(text: string): HostStatus | null {
  const lines = text
    .slice(0, 4_096)
    .split('\u0002')
    .slice(1)
    .map((line) => line.split('\u0003'))
  if (lines.length < 3 || lines.slice(0, 3).some((parts) => parts.length < 2)) return null
  const first = fieldsOf(lines[0])
  const second = fieldsOf(lines[1])
  if (first.length < 12 || second.length < 9 || [...first, ...second].some((field) => !/^[0-9]{1,10}$/.test(field))) {
    return null
  }
  const flag = (fields: readonly string[], index: number): boolean => fields[index] === '1'
  return {
    isPaperOut: flag(first, 1),
    isPaused: flag(first, 2),
    formatsInBuffer: Number(first[4]),
    isBufferFull: flag(first, 5),
    isPartialFormat: flag(first, 7),
    isRamCorrupt: flag(first, 9),
    isTooCold: flag(first, 10),
    isTooHot: flag(first, 11),
    isHeadUp: flag(second, 2),
    isRibbonOut: flag(second, 3),
    isLabelWaiting: flag(second, 7),
    labelsRemaining: Number(second[8]),
  }
}

function fieldsOf(line: readonly string[] | undefined): string[] {
  return (line?.[0] ?? '').split(',').map((field) => field.trim())
}

/** What a printer that answered `~HS` is missing, worst first; empty when all is well. */
export function reasonsFromHostStatus(status: HostStatus): StateReason[] {
  const flags: readonly (readonly [boolean, string, string])[] = [
    [status.isPaperOut, 'media-empty', '~HS paper out'],
    [status.isRibbonOut, 'ribbon-empty', '~HS ribbon out'],
    [status.isHeadUp, 'cover-open', '~HS head up'],
    [status.isPaused, 'paused', '~HS pause'],
    [status.isTooHot, 'overheated', '~HS over temperature'],
    [status.isTooCold, 'too-cold', '~HS under temperature'],
    [status.isRamCorrupt, 'configuration-lost', '~HS corrupt RAM'],
    [status.isLabelWaiting, 'label-waiting', '~HS label waiting'],
    [status.isPartialFormat, 'partial-format', '~HS partial format'],
    [status.isBufferFull, 'buffer-full', '~HS buffer full'],
  ]
  return worstFirst(flags.map(([isSet, reason, raw]) => (isSet ? reasonOf(reason, raw) : null)))
}
