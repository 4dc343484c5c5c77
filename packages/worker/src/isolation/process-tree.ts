import { setTimeout as after } from 'node:timers/promises'
import { markedProcesses, type ProcessRow, readProcesses, treeOf } from './process-table.ts'

/** Name of the variable that every process of a job inherits. */
export const MARK = 'ANDON_ATTEMPT'

/** How long a process that was left behind has after SIGTERM. */
const LEFT_BEHIND_MS = 300

/** How often it is looked whether a process has gone. */
const LOOK_MS = 20

/** The processes of one attempt: the one that was started, and all that came of it. */
export class ProcessTree {
  readonly #rootPid: number
  readonly #mark: string
  #cpuMs = 0
  #peakMemoryMb = 0

  constructor(rootPid: number, attempt: string) {
    this.#rootPid = rootPid
    this.#mark = `${MARK}=${attempt}`
  }

  get peakMemoryMb(): number {
    return this.#peakMemoryMb
  }

  /** What they use now, all together; CPU time never falls when one of them ends. */
  sample(rows: readonly ProcessRow[] = readProcesses()): { readonly memoryMb: number; readonly cpuMs: number } {
    const members = treeOf(rows, this.#rootPid)
    const memoryMb = members.reduce((sum, row) => sum + row.memoryMb, 0)
    this.#peakMemoryMb = Math.max(this.#peakMemoryMb, memoryMb)
    this.#cpuMs = Math.max(
      this.#cpuMs,
      members.reduce((sum, row) => sum + row.cpuMs, 0),
    )
    return { memoryMb, cpuMs: this.#cpuMs }
  }

  /** Sends a signal to its whole session and to those who left it. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    send(-this.#rootPid, signal)
    for (const { pid } of treeOf(readProcesses(), this.#rootPid)) send(pid, signal)
  }

  /** Ends what is still there; the names of what was, once each is gone. */
  async sweep(): Promise<string[]> {
    const left = this.#leftBehind()
    if (left.length === 0) return []
    for (const { pid } of left) send(pid, 'SIGTERM')
    for (let waited = 0; waited < LEFT_BEHIND_MS && this.#leftBehind().length > 0; waited += LOOK_MS)
      await after(LOOK_MS)
    // Whoever is ended may have started another meanwhile.
    for (let rest = this.#leftBehind(); rest.length > 0; rest = this.#leftBehind()) {
      for (const { pid } of rest) send(pid, 'SIGKILL')
      await after(LOOK_MS)
    }
    return left.map(({ name }) => name)
  }

  #leftBehind(): ProcessRow[] {
    const rows = [...treeOf(readProcesses(), this.#rootPid), ...markedProcesses(this.#mark)]
    return [...new Map(rows.map((row) => [row.pid, row])).values()]
  }
}

/** Nobody is there any more, or nobody of ours: both are as good as ended. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // ESRCH or EPERM.
  }
}
