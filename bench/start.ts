// What an Andon at rest costs, with its own PostgreSQL: resident memory and processor time of all its processes, and how
// long a start on a machine that has it installed takes until a page is answered.
// usage: npm run bench -- start [-- SECONDS]     SECONDS of rest that are measured, default 20
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Bench, figure } from './figure.ts'
import { startServerProcess } from './product/server-process.ts'

/** What a start leaves behind is over by then. */
const SETTLE_MS = 10_000
/** Linux counts processor time in hundredths of a second (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100

export const run: Bench = async ({ arguments: [seconds = '20'] }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'andon-bench-start-'))
  try {
    await (await startServerProcess({ command: 'up', databaseUrl: null, dataDir })).stop()
    const startedMs = performance.now()
    const server = await startServerProcess({ command: 'up', databaseUrl: null, dataDir })
    await (await fetch(server.url)).text()
    figure('warm start until a page is answered', performance.now() - startedMs, 'ms')
    await pause(SETTLE_MS)
    await measureRest(server.pid, Number(seconds))
    await server.stop()
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function measureRest(pid: number, seconds: number): Promise<void> {
  const before = await familyOf(pid)
  await pause(seconds * 1000)
  const after = await familyOf(pid)
  const spent = sum(after.map(({ ticks }) => ticks)) - sum(before.map(({ ticks }) => ticks))
  const facts = { processes: after.length, seconds }
  figure(
    'at rest: resident memory, what is shared counted once',
    sum(after.map(({ pssKb }) => pssKb)) / 1024,
    'MiB',
    facts,
  )
  figure('at rest: share of a core', (100 * spent) / TICKS_PER_SECOND / seconds, '%', facts)
}

interface ProcessUse {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
  readonly pssKb: number
}

/** The process and all that descend from it. */
async function familyOf(pid: number): Promise<ProcessUse[]> {
  const all = (await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(readUse))).flatMap(
    (use) => use ?? [],
  )
  const family = all.filter((use) => use.pid === pid)
  for (const use of family) family.push(...all.filter(({ parent }) => parent === use.pid))
  return family
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; null for one that has just ended. */
async function readUse(pid: string): Promise<ProcessUse | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
    return {
      pid: Number(pid),
      parent: Number(fields[1]),
      ticks: Number(fields[11]) + Number(fields[12]),
      pssKb: Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0),
    }
  } catch {
    return null
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
