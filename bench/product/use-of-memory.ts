import { readFile } from 'node:fs/promises'

/** Bytes of a process that are in memory: all of it, and without what it shares with others. */
export interface MemoryUse {
  readonly residentBytes: number
  readonly ownBytes: number
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
export async function memoryOf(pid: number): Promise<MemoryUse> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const bytes = (field: string): number =>
    1_024 * Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  return { residentBytes: bytes('VmRSS'), ownBytes: bytes('RssAnon') }
}
