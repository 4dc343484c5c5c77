// Whole commands of the terminal, from the start of their process to its end: help, and a list of jobs from a server on
// loopback; and what an empty Node takes, of which every command begins.
// usage: npm run bench -- terminal
//   ANDON_BENCH_TERMINAL_RUNS=40
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Bench, figure, percentile, size } from './figure.ts'
import { newDatabase } from './new-database.ts'
import { startServerProcess } from './product/server-process.ts'

const ANDON = join(import.meta.dirname, '../packages/cli/bin/andon.mjs')
/** The first run of each compiles what later ones find compiled. */
const WARM_UP = 2
/** As many as a page of the list shows, and some more. */
const JOBS = 100

export const run: Bench = async ({ databaseUrl }) => {
  const url = await newDatabase(databaseUrl, 'andon_bench_terminal')
  const server = await startServerProcess({ command: 'server', databaseUrl: url })
  try {
    const client = server.client()
    await client.jobs.createMany(Array.from({ length: JOBS }, () => ({ type: 'report.pdf', queue: 'reports' })))
    client.close()
    const env = { ...process.env, ANDON_SERVER: server.url, ANDON_TOKEN: server.token }
    const runs = size('TERMINAL_RUNS', 40)
    const took = { node: [] as number[], help: [] as number[], list: [] as number[] }
    for (let n = -WARM_UP; n < runs; n += 1) {
      const node = await timed(['--eval', '0'], env)
      const help = await timed([ANDON, '--help'], env)
      const list = await timed([ANDON, 'jobs', 'list'], env)
      if (n < 0) continue
      took.node.push(node)
      took.help.push(help)
      took.list.push(list)
    }
    print('node that does nothing', took.node, null)
    print('andon --help', took.help, '≤ 150 ms')
    print('andon jobs list', took.list, '≤ 300 ms')
  } finally {
    await server.stop()
  }
}

async function timed(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}`)
  return performance.now() - startedMs
}

function print(command: string, took: readonly number[], asked: string | null): void {
  const facts = { runs: took.length, ...(asked === null ? {} : { asked }) }
  figure(`${command}, p50`, percentile(took, 50), 'ms', facts)
  figure(`${command}, p95`, percentile(took, 95), 'ms', facts)
}
