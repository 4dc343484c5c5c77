import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ROLES } from '@andon/core'
import { ProductionFloor } from '@andon/floor'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FloorWorld } from '../../floor/test/world.ts'
import { type FuzzedRequest, type Known, type Operation, operationsOf, requestsOf } from './fuzz-requests.ts'
import { startTestServer, type TestServer } from './harness.ts'

/** Requests in all; the long form is a million. */
const REQUESTS = Number(process.env['ANDON_FUZZ_REQUESTS'] ?? 0)
const SEED = Number(process.env['ANDON_FUZZ_SEED'] ?? Date.now() % 2 ** 31)
/** Of each route in the short form. */
const SHORT_EACH = 6
/** Sent to a route in a row, half of them as the document wants them or more. */
const BATCH = { valid: 12, odd: 8 }
const AT_ONCE = 8
const MB = 2 ** 20

/** Passes of the floor wait for a worker, which does not run here. */
const LEFT_OUT = new Set(['POST /api/process-print-os', 'POST /api/process-status-updates'])
/** These ask a device or a provider that is not there, and say so. */
const ASKS_OTHERS =
  /^(POST \/api\/printers|PATCH \/api\/printers\/|GET \/api\/printers\/discover|POST \/gateways\/print-server\/api\/test)/

let andon: TestServer
let shop: FloorWorld
let operations: Operation[]
beforeAll(async () => {
  shop = await FloorWorld.open()
  await shop.runlist('RL-1', { 'IMP-1': ['FILE_1_Labex_4604_5889_80'] })
  await shop.jobs('4604_5889')
  andon = await startTestServer({ floor: new ProductionFloor(shop.databases) })
  await furnish()
  const { body } = await andon.call('GET', '/api/openapi.json')
  operations = operationsOf(body).filter(({ method, path }) => !LEFT_OUT.has(`${method} ${path}`))
})
afterAll(async () => {
  await andon[Symbol.asyncDispose]()
  await shop[Symbol.asyncDispose]()
})

/** One of each thing, so that requests find something. */
async function furnish(): Promise<void> {
  await andon.call('POST', '/api/jobs', { body: { type: 'a.b', items: [{}] } })
  await andon.call('POST', '/api/printers', {
    body: { name: 'P', driver: 'raw', uri: 'socket://127.0.0.1:9', is_unchecked: true },
  })
  await andon.call('POST', '/api/pools', { body: { name: 'pool' } })
  await andon.call('POST', '/api/users', { body: { name: 'somebody', role: 'viewer' } })
  await andon.call('POST', '/api/machines', { body: { name: 'desk-1' } })
  await andon.call('POST', '/api/workers', {
    body: { name: 'w1', kind: 'worker', host: 'h', pid: 1, version: '1', types: ['a.b'], slots: 2, lease_ms: 30_000 },
  })
}

/** What is there now, by the parameters that ask for it. */
async function known(): Promise<Record<string, Known>> {
  const ids = async (sql: string) => {
    const { rows } = await andon.store.pool.query<{ id: string }>(`select id::text from ${sql} limit 20`)
    return rows.map(({ id }) => id)
  }
  const job = [...(await ids('job')), ...(await ids('job_done'))]
  const of = (id: readonly string[], rest: Known = {}): Known => ({ id, job, jobId: job, ...rest })
  return {
    '/api/jobs': of(job, { index: ['0', '1'] }),
    '/api/printers': of(job, { name: ['P'] }),
    '/api/pools': of([], { name: ['pool'] }),
    '/api/queues': of([], { name: ['default', 'P', 'pool'] }),
    '/api/users': of([], { name: ['somebody'] }),
    '/api/workers': of(await ids('worker')),
    '/api/machines': of([], { machine: ['desk-1'] }),
    '/api/rules': of(await ids('rule')),
    '/api/schedules': of(await ids('schedule')),
    '/api/documents': of(await ids('document'), { page: ['1'] }),
    '/gateways/print-server': of(job),
    '/api/floor': of(['RL-1', 'IMP-1', '4604_5889', '1']),
  }
}

function knownFor(path: string, all: Readonly<Record<string, Known>>): Known {
  return Object.entries(all).find(([prefix]) => path.startsWith(prefix))?.[1] ?? {}
}

interface Count {
  sent: number
  valid: number
  accepted: number
}

test(
  'nothing that is sent makes the server fail',
  async () => {
    const counts = new Map<string, Count>()
    const failures: string[] = []
    const total = REQUESTS || operations.length * SHORT_EACH
    const isLong = REQUESTS > 0
    const valid = isLong ? BATCH.valid : SHORT_EACH / 2 + 1
    const odd = isLong ? BATCH.odd : SHORT_EACH / 2 - 1
    let sent = 0
    const heapsMb: number[] = []
    for (let round = 0; sent < total; round += 1) {
      const there = await known()
      for (const [index, operation] of operations.entries()) {
        const name = `${operation.method} ${operation.path}`
        const count = counts.get(name) ?? { sent: 0, valid: 0, accepted: 0 }
        counts.set(name, count)
        const arbitraries = requestsOf(operation, knownFor(operation.path, there))
        const seed = SEED + round * 1000 + index
        const requests = [
          ...fc.sample(arbitraries.valid, { numRuns: valid, seed }),
          ...fc.sample(arbitraries.odd, { numRuns: odd, seed: seed + 1 }),
        ]
        await eachAtOnce(requests, async (request, at) => {
          const status = await send(request, at)
          count.sent += 1
          if (request.isValid) count.valid += 1
          if (request.isValid && status < 400) count.accepted += 1
          if (status >= 500 && !(status === 502 && ASKS_OTHERS.test(name))) failures.push(line(request, status, seed))
        })
        sent += requests.length
      }
      heapsMb.push(heapMb())
      if (isLong) console.log(JSON.stringify({ round, sent, heap_mb: heapsMb.at(-1), failures: failures.length }))
      if (failures.length > 20) break
    }
    report(counts, { isLong, heapsMb })
    expect(failures.slice(0, 20)).toEqual([])
    for (const [name, { sent: each, valid: right }] of counts) {
      expect(each, name).toBeGreaterThanOrEqual(
        isLong ? Math.min(1000, Math.floor(total / operations.length)) : SHORT_EACH,
      )
      expect(right / each, name).toBeGreaterThanOrEqual(0.5)
    }
    // The first rounds fill caches, of statements, of types, of validators.
    const settled = heapsMb.slice(Math.ceil(heapsMb.length / 4))
    expect(Math.max(...settled) - (settled[0] ?? 0)).toBeLessThan(100)
    expect((await andon.call('GET', '/healthz')).status).toBe(200)
  },
  24 * 3_600_000,
)

async function eachAtOnce(
  requests: readonly FuzzedRequest[],
  act: (request: FuzzedRequest, index: number) => Promise<void>,
): Promise<void> {
  const waiting = requests.entries()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [index, request] of waiting) await act(request, index)
    }),
  )
}

/** The status of the answer, which is not read to its end where it has none; 599 when the connection broke. */
async function send({ body, headers, operation, path }: FuzzedRequest, index: number): Promise<number> {
  const role = ROLES[index % 2 === 0 ? ROLES.length - 1 : index % ROLES.length] ?? 'admin'
  try {
    const response = await fetch(`${andon.url}${path}`, {
      method: operation.method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${andon.tokens[role]}`, ...headers },
      ...(body === null ? {} : { body }),
      signal: AbortSignal.timeout(60_000),
    })
    const isEndless = path.startsWith('/api/stream?') || path.startsWith('/api/stream') || path.includes('follow=')
    if (isEndless) await response.body?.cancel()
    else await response.arrayBuffer()
    return response.status
  } catch (error) {
    // What cannot be written as a request at all never reaches the server.
    if (
      error instanceof TypeError &&
      /Headers|invalid header|Invalid URL/i.test(`${error.message} ${String(error.cause)}`)
    )
      return 400
    return 599
  }
}

function line({ body, headers, operation, path }: FuzzedRequest, status: number, seed: number): string {
  return `${status} seed ${seed}: ${operation.method} ${path} ${JSON.stringify(headers)} ${body ?? ''}`.slice(0, 1500)
}

/** After all that is not needed was let go. */
function heapMb(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return Math.round(process.memoryUsage().heapUsed / MB)
}

function report(
  counts: ReadonlyMap<string, Count>,
  { heapsMb, isLong }: { readonly heapsMb: readonly number[]; readonly isLong: boolean },
): void {
  const all = [...counts.values()]
  const sum = (of: (count: Count) => number) => all.reduce((total, count) => total + of(count), 0)
  const never = [...counts].filter(([, { accepted }]) => accepted === 0).map(([name]) => name)
  if (!isLong) return
  console.log(
    JSON.stringify({
      seed: SEED,
      routes: counts.size,
      sent: sum(({ sent }) => sent),
      valid: sum(({ valid }) => valid),
      accepted: sum(({ accepted }) => accepted),
      fewest: Math.min(...all.map(({ sent }) => sent)),
      heap_mb: [heapsMb[0], heapsMb.at(-1), Math.max(...heapsMb)],
      never_accepted: never,
    }),
  )
}
