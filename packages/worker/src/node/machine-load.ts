import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { availableMemory, constrainedMemory } from 'node:process'
import type { Shortage } from '@andon/core'

/** Above which share of its machine nothing is started; null does not look. */
export interface LoadLimits {
  /** Percent of all cores, over the last second; default 80. */
  readonly cpuPercent: number | null
  /** Percent of the memory; default 90. */
  readonly memoryPercent: number | null
}

export const DEFAULT_LOAD: LoadLimits = { cpuPercent: 80, memoryPercent: 90 }

/** How busy a machine has been until now, and how much memory is taken. */
export interface MachineReading {
  readonly atMs: number
  /** Milliseconds of CPU time that were used. */
  readonly busyMs: number
  /** Cores that may be used: of a container those of its quota. */
  readonly cores: number
  /** 0 to 100. */
  readonly memoryPercent: number
}

const WINDOW_MS = 1_000

/** Watches the machine; inside a container that has limits, the container is the machine. */
export class MachineLoad implements Disposable {
  readonly #limits: LoadLimits
  readonly #read: () => MachineReading
  readonly #timer: NodeJS.Timeout
  #last: MachineReading
  #cpuPercent = 0

  constructor(limits: LoadLimits, read: () => MachineReading = readMachine) {
    this.#limits = limits
    this.#read = read
    this.#last = read()
    this.#timer = setInterval(() => this.look(), WINDOW_MS).unref()
  }

  /** What it is short of by its limits; null when it can bear more. */
  get shortage(): Shortage | null {
    const { cpuPercent, memoryPercent } = this.#limits
    if (memoryPercent !== null && this.#last.memoryPercent > memoryPercent) return 'memory'
    return cpuPercent !== null && this.#cpuPercent > cpuPercent ? 'cpu' : null
  }

  /** Takes the reading of now; the CPU is that of the time since the last one. */
  look(): void {
    const now = this.#read()
    this.#cpuPercent = cpuPercentBetween(this.#last, now)
    this.#last = now
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}

/** Share of its cores that a machine used between two readings, 0 to 100. */
export function cpuPercentBetween(before: MachineReading, now: MachineReading): number {
  const passedMs = (now.atMs - before.atMs) * now.cores
  if (passedMs <= 0) return 0
  return Math.min(100, Math.max(0, (100 * (now.busyMs - before.busyMs)) / passedMs))
}

/** The machine as it is, or the container that this process is in. */
export function readMachine(root = '/sys/fs/cgroup'): MachineReading {
  const reading = { atMs: performance.now(), memoryPercent: memoryPercent() }
  const group = readGroup(root)
  return group === null ? { ...reading, ...machineCpu() } : { ...reading, ...group }
}

/** Where control groups limit the CPU: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files */
function readGroup(root: string): Pick<MachineReading, 'busyMs' | 'cores'> | null {
  const [quota, period] = (readText(`${root}/cpu.max`) ?? '').trim().split(' ').map(Number)
  const usage = /^usage_usec (\d+)$/m.exec(readText(`${root}/cpu.stat`) ?? '')
  if (!usage || quota === undefined || period === undefined || Number.isNaN(quota) || !(period > 0)) return null
  return { busyMs: Number(usage[1]) / 1_000, cores: quota / period }
}

function machineCpu(): Pick<MachineReading, 'busyMs' | 'cores'> {
  const all = cpus()
  const busyMs = all.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
  return { busyMs, cores: Math.max(1, all.length) }
}

function memoryPercent(): number {
  const limit = constrainedMemory()
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  return 100 - (100 * Math.min(availableMemory(), total)) / total
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
