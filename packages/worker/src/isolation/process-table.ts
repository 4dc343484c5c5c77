import { readdirSync, readFileSync } from 'node:fs'

/** One process, as `/proc/<pid>/stat` has it: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export interface ProcessRow {
  readonly pid: number
  readonly name: string
  readonly parentPid: number
  readonly sessionId: number
  /** Its own time on the CPU and that of its children which it has waited for. */
  readonly cpuMs: number
  readonly memoryMb: number
  /** Ended, and waited for by nobody yet. */
  readonly isZombie: boolean
}

/** Clock ticks a second and bytes of a page: fixed in what Linux tells programs on every architecture Node runs on. */
const TICK_MS = 10
const PAGE_BYTES = 4_096

/** Places after the closing bracket of the name. */
const STATE = 0
const PARENT = 1
const SESSION = 3
const TIMES = [11, 12, 13, 14] as const
const RESIDENT = 21

/** All processes of the machine; empty where there is no `/proc`. */
export function readProcesses(root = '/proc'): ProcessRow[] {
  return pidsOf(root).flatMap((pid) => {
    const text = readText(`${root}/${pid}/stat`)
    const row = text === null ? null : parseStat(text)
    return row === null ? [] : [row]
  })
}

/** A line of `/proc/<pid>/stat`; null when it is none. Names may hold spaces and brackets. */
export function parseStat(text: string): ProcessRow | null {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 0 || close < open) return null
  const fields = text.slice(close + 2).split(' ')
  const number = (place: number): number => Number(fields[place] ?? Number.NaN)
  const row = {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    parentPid: number(PARENT),
    sessionId: number(SESSION),
    cpuMs: TICK_MS * TIMES.reduce((sum, place) => sum + number(place), 0),
    memoryMb: (number(RESIDENT) * PAGE_BYTES) / 1_048_576,
    isZombie: fields[STATE] === 'Z',
  }
  return Number.isFinite(row.cpuMs + row.memoryMb + row.parentPid) ? row : null
}

/** A process with all that came of it: its session, and whoever descends from one of these. */
export function treeOf(rows: readonly ProcessRow[], rootPid: number): ProcessRow[] {
  const members = new Set(
    rows.filter(({ pid, sessionId }) => pid === rootPid || sessionId === rootPid).map(({ pid }) => pid),
  )
  for (let before = -1; before < members.size; ) {
    before = members.size
    for (const { pid, parentPid } of rows) if (members.has(parentPid)) members.add(pid)
  }
  return rows.filter(({ isZombie, pid }) => members.has(pid) && !isZombie)
}

/** Processes that were started with this in their environment, wherever they hang now. */
export function markedProcesses(mark: string, root = '/proc'): ProcessRow[] {
  const bytes = `\0${mark}\0`
  return pidsOf(root).flatMap((pid) => {
    const environment = readText(`${root}/${pid}/environ`)
    if (environment === null || !`\0${environment}\0`.includes(bytes)) return []
    const text = readText(`${root}/${pid}/stat`)
    const row = text === null ? null : parseStat(text)
    return row === null || row.isZombie ? [] : [row]
  })
}

function pidsOf(root: string): string[] {
  try {
    return readdirSync(root).filter((name) => /^[0-9]+$/.test(name))
  } catch {
    return []
  }
}

/** Null for a process that has gone meanwhile, or that belongs to somebody else. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
