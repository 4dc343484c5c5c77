import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { codeOf } from '@andon/core'

const run = promisify(execFile)

/** Whether a number belongs to a process, be it a zombie. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Whether a process runs. A zombie (ended, not yet collected by its parent) does not. */
export async function isAlive(pid: number): Promise<boolean> {
  if (!isTaken(pid)) return false
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name in parentheses may itself hold parentheses and spaces.
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
}

/** The command line of a process, arguments separated by spaces; empty when it is gone or hidden from us. */
export async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return raw.replaceAll('\0', ' ').trim()
  }
  const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim()
}

/**
 * Waits until no server process of a cluster is left: they outlive a killed postmaster for a moment, and their shared
 * memory keeps a new one from starting. Processes are known by their working directory, so this sees nothing on
 * systems without /proc; there the new postmaster refuses and is tried again.
 */
export async function waitForOrphans(clusterDir: string, limitMs = 15_000): Promise<void> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const orphans = await processesIn(clusterDir)
    if (orphans.length === 0) return
    if (performance.now() > deadline) {
      for (const pid of orphans) signal(pid, 'SIGKILL')
      return
    }
    await delay(25)
  }
}

/** Ids of the processes whose working directory is the given one, this process aside. */
export async function processesIn(directory: string): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => [])
  const pids = entries.map(Number).filter((pid) => Number.isInteger(pid) && pid > 0 && pid !== process.pid)
  const found: number[] = []
  for (const pid of pids) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '')
    if (cwd === directory) found.push(pid)
  }
  return found
}

/** Sends a signal; a process that is already gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}
