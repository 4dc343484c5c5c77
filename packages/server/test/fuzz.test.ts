import { ProductionFloor } from '@andon/floor'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FloorWorld } from '../../floor/test/world.ts'
import { startTestServer, type TestServer } from './harness.ts'

let andon: TestServer
let shop: FloorWorld
beforeAll(async () => {
  shop = await FloorWorld.open()
  await shop.runlist('RL-1', { 'IMP-1': ['FILE_1_Labex_4604_5889_80'] })
  await shop.jobs('4604_5889')
  andon = await startTestServer({ floor: new ProductionFloor(shop.databases) })
  await andon.call('POST', '/api/jobs', { body: { type: 'a.b', items: [{}] } })
  await andon.call('POST', '/api/printers', {
    body: { name: 'P', driver: 'raw', uri: 'socket://127.0.0.1:9', is_unchecked: true },
  })
})
afterAll(async () => {
  await andon[Symbol.asyncDispose]()
  await shop[Symbol.asyncDispose]()
})

/** Streams that do not end, commands that go out into the network and wait there, and passes that no worker runs here. */
const LEFT_OUT = new Set([
  'GET /api/stream',
  'POST /api/printers/:name/status',
  'POST /api/printers/:name/diagnose',
  'POST /api/process-print-os',
  'POST /api/process-status-updates',
])

const word = fc.oneof(
  fc.constantFrom(
    'P',
    'RL-1',
    'IMP-1',
    '4604_5889',
    'coating',
    'PRINTED',
    'default',
    'a.b',
    'state:failed',
    '',
    '0',
    '-1',
    '1e9',
    'null',
    'true',
    '\0',
    '😀',
    '../..',
    "'; drop table job; --",
    '%',
    '*',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
)
const FIELDS = [
  'type',
  'queue',
  'input',
  'items',
  'jobs',
  'printer',
  'pool',
  'name',
  'driver',
  'uri',
  'settings',
  'role',
  'scopes',
  'until',
  'reason',
  'slots',
  'code_text',
  'operations',
  'machine_id',
  'metadata',
  'status',
  'marker',
  'payload',
  'operation_type',
  'value',
  'ids',
  'printed',
  'from',
  'priority',
  'front',
  'password',
  'link',
  'zpl',
  'ref',
  'copies',
  'page',
  'query',
  'labels',
  'quantity',
  'zpl_code',
  'job_metadata',
  'is_unchecked',
  'document_id',
  'tags',
  'run_at',
  'retry',
]
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant('2026-11-22T10:00:00Z'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), fc.string({ maxLength: 5 })), tie('value'), { maxKeys: 6 }),
  ),
}))
const body = fc.dictionary(fc.constantFrom(...FIELDS), value, { maxKeys: 8 })
const query = fc.dictionary(
  fc.constantFrom('q', 'cursor', 'limit', 'state', 'since', 'caret', 'level', 'search', 'actor', 'name'),
  word,
  { maxKeys: 4 },
)

test('nothing that is sent makes the server fail', async () => {
  const routes = andon.server.app.knownRoutes.filter(
    ({ method, url }) => method !== 'HEAD' && !url.includes('/docs') && !LEFT_OUT.has(`${method} ${url}`),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...routes),
      fc.array(word, { minLength: 3, maxLength: 3 }),
      body,
      query,
      async (route, words, sent, asked) => {
        const { rows } = await andon.store.pool.query<{ id: string }>('select id from job limit 1')
        let at = 0
        const path = route.url.replace(/:(\w+)/g, (_, name: string) => {
          at += 1
          if (name === 'id' && at === 1 && (words[0]?.length ?? 0) % 2 === 0) return rows[0]?.id ?? 'none'
          return encodeURIComponent((words[at - 1] ?? '').toWellFormed()) || 'x'
        })
        const search = new URLSearchParams(
          Object.entries(asked).map(([name, text]): [string, string] => [name, text.toWellFormed()]),
        )
        const { status } = await andon.call(
          route.method,
          `${path}?${search.toString()}`,
          route.method === 'GET' ? {} : { body: sent },
        )
        expect(status, `${route.method} ${path}?${search.toString()} ${JSON.stringify(sent)}`).toSatisfy(
          (code: number) => code < 500 || code === 502,
        )
      },
    ),
    { numRuns: 600, endOnFailure: true },
  )
})
