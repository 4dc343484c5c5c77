import type { FloorCell, FloorSource } from '@andon/core'
import type { Look } from '../../ui/state-badge.tsx'

export type CellState = FloorCell['state']

/** How an operation looks everywhere. */
export const CELL_LOOKS: Record<CellState, Look> = {
  done: { word: 'Done', icon: 'checkCircle', tone: 'ok' },
  partly: { word: 'Partly', icon: 'partly', tone: 'warn' },
  aborted: { word: 'Aborted', icon: 'xCircle', tone: 'bad' },
  open: { word: 'Open', icon: 'circle', tone: 'idle' },
}

/** The states in the order in which bars and legends show them. */
export const CELL_STATES = ['done', 'partly', 'aborted', 'open'] as const

const SOURCES: Record<FloorSource, string> = {
  print_os: 'Press',
  scanner: 'Scanner',
  manual: 'Set by hand',
}

/** Who said so. */
export function sourceWord(source: FloorSource): string {
  return SOURCES[source]
}

/** `kiss_cut` as people read it: `Kiss cut`. */
export function operationWord(type: string): string {
  const words = type.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const REASONS: Readonly<Record<string, string>> = {
  malformed: 'Cannot be read',
  unknown_imposition: 'Unknown imposition',
  unmatched_file: 'A file names no one job',
  missing_job: 'The job is missing',
  unknown_code: 'Nothing has this code',
  ambiguous_code: 'Several runlists have this job',
}

/** Why a record or a scan stands aside. */
export function reasonWord(reason: string): string {
  return REASONS[reason] ?? operationWord(reason)
}

/** Names a job with its version, as its code does. */
export function jobCode({
  job_id: id,
  version_tag: version,
}: {
  readonly job_id: string
  readonly version_tag: string
}) {
  return `${id}_${version}`
}

/** Where something stands that needs a person: `aborted` and conflicts before what is only half done. */
export function urgencyOf(operations: Readonly<Record<string, FloorCell>>): 'wrong' | 'partly' | 'none' {
  const cells = Object.values(operations)
  if (cells.some(({ conflict, state }) => state === 'aborted' || conflict !== null)) return 'wrong'
  return cells.some(({ state }) => state === 'partly') ? 'partly' : 'none'
}
