import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ProductionFloor } from '@andon/floor'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FloorWorld } from '../../floor/test/world.ts'
import { FuzzClient, ORIGIN, type Outcome, type Sender } from './fuzz-client.ts'
import { type FuzzedRequest, nameOf, type Operation, operationsOf, requestsOf } from './fuzz-requests.ts'
import { FuzzShop, type Round } from './fuzz-shop.ts'
import { startTestServer, type TestServer } from './harness.ts'

const MILLION = 1_000_000
/** Requests in all; the long form is a million. */
const REQUESTS = Number(process.env['ANDON_FUZZ_REQUESTS'] ?? 0)
const SEED = Number(process.env['ANDON_FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const IS_LONG = REQUESTS > 0
/** Of each route in a round; half of them or more as the document wants them. */
const BATCH = IS_LONG ? { valid: 24, odd: 16 } : { valid: 4, odd: 2 }
/** Of those that hash a password, which takes as long as twenty others. */
const SPARING = IS_LONG ? { valid: 5, odd: 4 } : BATCH
const HASHES_PASSWORD = new Set(['POST /api/sign-in', 'POST /gateways/cidx/auth/login', 'PUT /api/session/password'])
const AT_ONCE = 16
const MB = 2 ** 20
const TOO_MANY_FAILURES = 20

/** Passes of the floor wait for a worker, which does not run here. */
const LEFT_OUT = new Set(['POST /api/process-print-os', 'POST /api/process-status-updates'])
/** These ask a device or a provider that is not there, and say so. */
const ASKS_OTHERS =
  /^(POST \/api\/printers|PATCH \/api\/printers\/|GET \/api\/printers\/discover|POST \/gateways\/print-server\/api\/test)/

let andon: TestServer
let floor: FloorWorld
let shop: FuzzShop
let client: FuzzClient
let current: Round
let routes: FuzzedRoute[]
beforeAll(async () => {
  floor = await FloorWorld.open()
  await floor.runlist('RL-1', { 'IMP-1': ['FILE_1_Labex_4604_5889_80'] })
  await floor.jobs('4604_5889')
  andon = await startTestServer({
    floor: new ProductionFloor(floor.databases),
    settings: { allowedOrigins: [ORIGIN], trustedProxies: ['127.0.0.1'] },
  })
  shop = new FuzzShop(andon)
  await shop.furnish()
  client = new FuzzClient(andon.url, AT_ONCE)
  const { body } = await andon.call('GET', '/api/openapi.json')
  routes = operationsOf(body).map((operation) => new FuzzedRoute(operation))
  routes = routes.filter(({ name }) => !LEFT_OUT.has(name))
})
afterAll(async () => {
  client.close()
  await andon[Symbol.asyncDispose]()
  await floor[Symbol.asyncDispose]()
})

/** One route, what is sent to it, and what came of that. */
class FuzzedRoute {
  readonly name: string
  /** What the valid ones were answered with: how many, by code. */
  readonly answers = new Map<string, number>()
  sent = 0
  valid = 0
  accepted = 0
  busyMs = 0
  longestMs = 0
  readonly #operation: Operation
  readonly #arbitraries: ReturnType<typeof requestsOf>

  constructor(operation: Operation) {
    this.name = nameOf(operation)
    this.#operation = operation
    this.#arbitraries = requestsOf(operation, () => current.known(this.#operation))
  }

  requests(seed: number): FuzzedRequest[] {
    const { odd, valid } = this.#arbitraries
    const batch = HASHES_PASSWORD.has(this.name) ? SPARING : BATCH
    return [
      ...fc.sample(valid, { numRuns: batch.valid, seed }),
      ...fc.sample(odd, { numRuns: batch.odd, seed: seed + 1 }),
    ]
  }

  count({ isValid }: FuzzedRequest, { code, status }: Outcome, tookMs: number): void {
    this.sent += 1
    this.busyMs += tookMs
    this.longestMs = Math.max(this.longestMs, tookMs)
    if (!isValid) return
    this.valid += 1
    if (status < 400) this.accepted += 1
    const answer = code || String(status)
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1)
  }

  isFailure(status: number): boolean {
    return status >= 500 && !(status === 502 && ASKS_OTHERS.test(this.name))
  }
}

test(
  'nothing that is sent makes the server fail',
  async () => {
    const failures: string[] = []
    const heapsMb: number[] = []
    const total = REQUESTS || routes.length
    const startedMs = performance.now()
    let sent = 0
    for (let round = 0; sent < total && failures.length <= TOO_MANY_FAILURES; round += 1) {
      sent += await sendRound(round, failures)
      heapsMb.push(heapMb())
      const perSecond = Math.round((1000 * sent) / (performance.now() - startedMs))
      if (IS_LONG)
        console.log(
          JSON.stringify({ seed: SEED, round, sent, perSecond, heapMb: heapsMb.at(-1), failed: failures.length }),
        )
    }
    if (IS_LONG) report(heapsMb)
    expect(failures.slice(0, TOO_MANY_FAILURES), `ANDON_FUZZ_SEED=${SEED}`).toEqual([])
    for (const { name, sent: each, valid } of routes) expect(valid / each, name).toBeGreaterThanOrEqual(0.5)
    if (REQUESTS >= MILLION) expect(Math.min(...routes.map((route) => route.sent))).toBeGreaterThanOrEqual(1000)
    // Requests that are throttled, or that find nothing, try little.
    expect(sumOf(({ accepted }) => accepted) / sumOf(({ valid }) => valid)).toBeGreaterThan(0.3)
    if (IS_LONG) expect(growthOf(heapsMb)).toBeLessThan(100)
    expect((await andon.call('GET', '/healthz')).status).toBe(200)
  },
  24 * 3_600_000,
)

/** Some requests of each route, those of different routes at the same time; how many. */
async function sendRound(round: number, failures: string[]): Promise<number> {
  current = await shop.openRound()
  const sender: Sender = { tokens: andon.tokens, credentials: current.credentials }
  const seedOf = (index: number) => SEED + (round * routes.length + index) * 2
  const batches = routes.map((route, index) => ({ route, requests: route.requests(seedOf(index)) }))
  const turns = Array.from({ length: BATCH.valid + BATCH.odd }, (_, at) => at)
  const waiting = turns.flatMap((at) => batches.map((batch) => ({ ...batch, at }))).values()
  const sendWaiting = async (): Promise<void> => {
    for (const { at, requests, route } of waiting) {
      const request = requests[at]
      if (request === undefined) continue
      const startedMs = performance.now()
      const outcome = await client.send(request, at, sender)
      route.count(request, outcome, performance.now() - startedMs)
      if (!route.isFailure(outcome.status)) continue
      failures.push(line(request, outcome))
      if (IS_LONG) console.log(failures.at(-1))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sendWaiting))
  return batches.reduce((sent, { requests }) => sent + requests.length, 0)
}

function line({ body, headers, operation, path }: FuzzedRequest, { code, status }: Outcome): string {
  const sent = `${operation.method} ${path} ${JSON.stringify(headers)} ${body ?? ''}`
  return `${status} ${code}: ${sent}`.slice(0, 1500)
}

/** After all that is not needed was let go. */
function heapMb(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return Math.round(process.memoryUsage().heapUsed / MB)
}

/** The first rounds fill caches, of statements, of types, of validators. */
function growthOf(heapsMb: readonly number[]): number {
  const settled = heapsMb.slice(Math.floor(heapsMb.length / 4))
  return Math.max(...settled) - (settled[0] ?? 0)
}

function sumOf(of: (route: FuzzedRoute) => number): number {
  return routes.reduce((total, route) => total + of(route), 0)
}

function report(heapsMb: readonly number[]): void {
  const slowest = routes.toSorted((one, other) => other.busyMs - one.busyMs).slice(0, 15)
  const codes = new Map<string, number>()
  for (const { answers } of routes) for (const [code, n] of answers) codes.set(code, (codes.get(code) ?? 0) + n)
  const figures = {
    seed: SEED,
    routes: routes.length,
    sent: sumOf(({ sent }) => sent),
    valid: sumOf(({ valid }) => valid),
    accepted: sumOf(({ accepted }) => accepted),
    fewest: Math.min(...routes.map(({ sent }) => sent)),
    heap_mb: [heapsMb[0], heapsMb.at(-1), Math.max(...heapsMb)],
    answers: Object.fromEntries([...codes].toSorted((one, other) => other[1] - one[1])),
    longest_ms: routes
      .toSorted((one, other) => other.longestMs - one.longestMs)
      .slice(0, 15)
      .map(({ longestMs, name }) => `${name}: ${Math.round(longestMs)}`),
    ms_each: slowest.map(({ busyMs, name, sent }) => `${name}: ${(busyMs / sent).toFixed(1)}`),
    never_accepted: routes.flatMap(({ accepted, answers, name }) =>
      accepted === 0 ? `${name}: ${[...answers].map(([code, n]) => `${code} ${n}`).join(', ')}` : [],
    ),
  }
  console.log(JSON.stringify(figures, null, 1))
}
