import { problem } from '@andon/core'
import { DEFAULT_FILE_PATTERN, type FilePattern, filePattern } from './file-pattern.ts'

/** What a later ABORTED of an imposition does to what was printed before it. */
export type AbortRule = 'keep' | 'undo'

/** How the shop wants its floor to be read. */
export interface FloorSettings {
  /** `keep` (default): what was printed stays printed. `undo`: the newest record of an imposition decides. */
  readonly abortRule: AbortRule
  /** How file names are taken apart. */
  readonly filePattern: FilePattern
  /** Zone of the shop (IANA); default that of the machine. */
  readonly timeZone: string
  /** How often the sources are looked at, in milliseconds; default 60,000. */
  readonly everyMs: number
  /** How often all rows are looked at for ones that became visible late, in milliseconds; default one hour. */
  readonly sweepEveryMs: number
  /** Machines whose scans are taken; empty (default): of all. */
  readonly machines: readonly string[]
  /** Among so many of the newest ids each pass looks for rows that were not done; default 10,000. */
  readonly recentIds: number
}

export const DEFAULT_FLOOR_SETTINGS: FloorSettings = {
  abortRule: 'keep',
  filePattern: DEFAULT_FILE_PATTERN,
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  everyMs: 60_000,
  sweepEveryMs: 3_600_000,
  machines: [],
  recentIds: 10_000,
}

/** Settings as they are typed or kept; what is left out has its default. */
export interface GivenFloorSettings {
  readonly abort_rule?: string
  readonly file_pattern?: string
  readonly time_zone?: string
  readonly every_ms?: number
  readonly machines?: readonly string[]
}

/**
 * The settings with everything decided.
 *
 * @throws validation_failed naming the setting and what it takes
 */
export function floorSettings(given: GivenFloorSettings): FloorSettings {
  const { abort_rule: rule, file_pattern: pattern, time_zone: zone, every_ms: everyMs, machines } = given
  if (rule !== undefined && rule !== 'keep' && rule !== 'undo') {
    throw problem('validation_failed', { field: 'abort_rule', allowed: ['keep', 'undo'] })
  }
  if (zone !== undefined && !isTimeZone(zone)) {
    throw problem('validation_failed', { field: 'time_zone', detail: `"${zone}" is no zone`, allowed: 'Europe/Berlin' })
  }
  if (everyMs !== undefined && !(everyMs >= 1_000 && everyMs <= 86_400_000)) {
    throw problem('validation_failed', { field: 'every_ms', allowed: '1,000 to 86,400,000' })
  }
  return {
    ...DEFAULT_FLOOR_SETTINGS,
    ...(rule === undefined ? {} : { abortRule: rule }),
    ...(pattern === undefined ? {} : { filePattern: filePattern(pattern) }),
    ...(zone === undefined ? {} : { timeZone: zone }),
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(machines === undefined ? {} : { machines }),
  }
}

/** A name that PostgreSQL's `-c` option takes without quoting and that this machine's zone data knows. */
function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z0-9_+/-]+$/.test(zone)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
