// How much of its time each of many printers prints, while one Andon drives them all: virtual printers in a process of
// their own, over real IPP, all jobs ordered at once. What is missing of 100 % is the time in which a printer with work in
// its queue waits for its next label.
// usage: npm run bench -- printers [-- PRINTERS=50 JOBS=20 ITEMS=50 MS_PER_LABEL=500]
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { Andon } from '../packages/sdk/src/index.ts'
import { type Bench, figure, percentile } from './figure.ts'
import type { PrintersMessage } from './peers/virtual-printers.ts'

const BIN = join(import.meta.dirname, '../packages/cli/bin/andon.mjs')

interface Order {
  readonly printers: number
  readonly jobs: number
  readonly items: number
  readonly msPerLabel: number
}

export const run: Bench = async ({ databaseUrl, arguments: words }) => {
  const [printers = 50, jobs = 20, items = 50, msPerLabel = 500] = words.map(Number)
  const order = { printers, jobs, items, msPerLabel }
  const dataDir = await mkdtemp(join(tmpdir(), 'andon-bench-printers-'))
  const up = await startAndon(await newDatabase(databaseUrl), dataDir)
  const machines = fork(join(import.meta.dirname, 'peers/virtual-printers.ts'), [
    String(printers),
    String(jobs * items),
    String(msPerLabel),
  ])
  try {
    await measure(await clientOf(dataDir), machines, order)
  } finally {
    await ended(machines, () => machines.disconnect())
    await ended(up, () => up.kill('SIGTERM'))
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function measure(andon: Andon, machines: ChildProcess, order: Order): Promise<void> {
  const shares: number[] = []
  const names = await addPrinters(andon, machines)
  const finished = new Promise<void>((resolve) => {
    machines.on('message', (message: PrintersMessage) => {
      if (!('busyShare' in message)) return
      shares.push(message.busyShare)
      if (shares.length === order.printers) resolve()
    })
  })
  const startedAt = performance.now()
  for (let n = 0; n < order.jobs; n += 1) {
    await Promise.all(names.map((printer) => andon.print({ printer, items: labels(order.items) })))
  }
  await finished
  const tookMs = performance.now() - startedAt
  figure('printer busy, the least', 100 * Math.min(...shares), '% of its time', { ...order })
  figure('printer busy, p50', 100 * percentile(shares, 50), '% of its time', { ...order })
  figure('labels of all printers', (order.printers * order.jobs * order.items * 1_000) / tookMs, 'labels/s', {
    ...order,
  })
}

async function addPrinters(andon: Andon, machines: ChildProcess): Promise<string[]> {
  const [message] = (await once(machines, 'message')) as [PrintersMessage]
  const uris = 'uris' in message ? message.uris : []
  const names = uris.map((_, n) => `Printer ${n + 1}`)
  for (const [n, uri] of uris.entries()) await andon.printers.add({ name: names[n] ?? '', driver: 'virtual', uri })
  return names
}

function labels(count: number): { zpl: string }[] {
  return Array.from({ length: count }, (_, n) => ({ zpl: `^XA^FO50,50^A0N,40,40^FDBox ${n + 1}^FS^XZ` }))
}

async function startAndon(databaseUrl: string, dataDir: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [BIN, 'up', '--data', dataDir, '--port', '0'], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    if (String(chunk).includes('Andon is up')) break
  }
  child.stdout.resume()
  return child
}

async function clientOf(dataDir: string): Promise<Andon> {
  const { url } = JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as { url: string }
  return new Andon({ url, token: (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim() })
}

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  const exited = once(child, 'exit')
  end()
  await exited
}

async function newDatabase(serverUrl: string): Promise<string> {
  const client = new pg.Client(serverUrl)
  await client.connect()
  await client.query('drop database if exists andon_bench_printers')
  await client.query('create database andon_bench_printers')
  await client.end()
  const url = new URL(serverUrl)
  url.pathname = '/andon_bench_printers'
  return url.href
}
