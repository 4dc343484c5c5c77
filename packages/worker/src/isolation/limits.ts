import { problem } from '@andon/core'

/** What an isolated attempt may use, all its processes together. */
export interface Limits {
  /** Resident memory in MB; default 2048. */
  readonly memoryMb: number
  /** Milliseconds on the CPU; null without a limit. */
  readonly cpuMs: number | null
  /** How long it may go on after it was asked to stop, before it gets SIGTERM and then SIGKILL; default 2000. */
  readonly graceMs: number
  /** How long the worker lets it run; null without a limit. Kept by the worker, and shown beside the use. */
  readonly timeoutMs: number | null
}

export const DEFAULT_LIMITS: Limits = { memoryMb: 2_048, cpuMs: null, graceMs: 2_000, timeoutMs: null }

/** What they use at one moment. */
export interface Use {
  readonly memoryMb: number
  readonly cpuMs: number
}

/** The error of an attempt that uses more than it may; null while it does not. */
export function excessOf({ cpuMs, memoryMb }: Use, limits: Limits): Error | null {
  if (memoryMb > limits.memoryMb)
    return memoryExcess(`It had ${Math.round(memoryMb)} MB of at most ${limits.memoryMb} MB.`)
  if (limits.cpuMs === null || cpuMs <= limits.cpuMs) return null
  const figures = `${seconds(cpuMs)} of at most ${seconds(limits.cpuMs)}`
  return problem('cpu_limit_exceeded', { detail: `It used ${figures} of CPU time.` })
}

export function memoryExcess(detail: string): Error {
  return problem('memory_limit_exceeded', { detail })
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}
