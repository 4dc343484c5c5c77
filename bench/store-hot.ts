// The store's hot path alone: create, claim and settle in sets of 500 with realistic rows, no worker around it.
// usage: npm run bench -- store-hot -- [jobs=40000] [history=0]
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import {
  createJobs,
  internQueues,
  migrate,
  openStore,
  type Store,
  storeJobSource,
} from '../packages/store/src/index.ts'
import { type Bench, figure } from './figure.ts'

const BATCH = 500
const CREATE_BATCH = 1_000
const LOOPS = 3

interface Run {
  readonly store: Store
  readonly jobs: number
}

export const run: Bench = async ({ databaseUrl, arguments: [jobs = '40000', history = '0'] }) => {
  const name = `store_hot_${randomBytes(4).toString('hex')}`
  const admin = new pg.Client({ connectionString: databaseUrl })
  await admin.connect()
  await admin.query(`create database ${name}`)
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  const store = await openStore({ connection: url.href })
  try {
    await migrate(store.pool)
    if (Number(history) > 0) await fillHistory(store, Number(history))
    await measure({ store, jobs: Math.min(Number(jobs), 5_000) })
    const figures = await measure({ store, jobs: Number(jobs) })
    for (const [name, [value, unit]] of Object.entries(figures)) {
      figure(name, value, unit, { history: Number(history) })
    }
  } finally {
    await store.close()
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  }
}

async function measure({ store, jobs }: Run): Promise<Record<string, [value: number, unit: string]>> {
  const createMs = await timed(() => create({ store, jobs }))
  const walBefore = await walPosition(store)
  const runMs = await timed(() => claimAndComplete({ store, jobs }))
  const walAfter = await walPosition(store)
  return {
    'store: created': [(jobs * 1_000) / createMs, 'jobs/s'],
    'store: claimed and completed': [(jobs * 1_000) / runMs, 'jobs/s'],
    'store: WAL of claim and completion': [(walAfter - walBefore) / jobs, 'bytes/job'],
  }
}

async function create({ store, jobs }: Run): Promise<void> {
  for (let start = 0; start < jobs; start += CREATE_BATCH) {
    const size = Math.min(CREATE_BATCH, jobs - start)
    await createJobs(
      store,
      Array.from({ length: size }, (_, n) => ({
        type: 'report.pdf',
        queue: 'reports',
        description: `Monthly report ${start + n}`,
        subject: { type: 'order', id: `MO-${start + n}` },
        tags: { shop: 'north', line: String(n % 7) },
        input: { order: start + n, pages: [1, 2, 3], customer: 'Müller & Söhne', note: 'as agreed by telephone' },
        createdBy: 'bench',
      })),
    )
  }
}

/** Two claims ahead of the reports, as a worker with prefetch has them. */
async function claimAndComplete({ store, jobs }: Run): Promise<void> {
  const source = storeJobSource(store)
  const lane = (await internQueues(store, ['reports'])).get('reports')
  if (lane === undefined) throw new Error('the queue was not made')
  const lease = await source.register({
    name: 'bench',
    kind: 'worker',
    host: 'bench',
    pid: process.pid,
    version: 'bench',
    types: ['report.pdf'],
    slots: BATCH,
    leaseMs: 60_000,
  })
  const lanes = [{ laneId: lane.id, queueIds: [lane.id], limit: BATCH, slot: null }]
  let left = jobs
  const loop = async (): Promise<void> => {
    while (left > 0) {
      const claimed = await source.claim(lease, { lanes, types: ['report.pdf'], limit: BATCH })
      if (claimed.length === 0) return
      left -= claimed.length
      await source.settle(
        lease,
        claimed.map(({ jobId, fence }) => ({
          jobId,
          fence,
          outcome: 'completed',
          result: { pages: 12 },
          summary: '12 pages',
        })),
      )
    }
  }
  await Promise.all(Array.from({ length: LOOPS }, loop))
  await source.unregister(lease)
}

async function fillHistory(store: Store, rows: number): Promise<void> {
  const client = await store.pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    await client.query(
      `insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, version, run_at,
         created_at, started_at, finished_at, description, subject_type, subject_id, tags, input, created_by)
       select (substring(uuid_floor(now() - n * interval '10 milliseconds')::text for 24) || lpad(to_hex(n), 12, '0'))::uuid,
         1, 1, 1, 4, 1, 1, 5, 3, now(), now(), now(), now(), 'Monthly report ' || n, 'order', 'MO-' || n,
         '{"shop": "north"}', '{"order": 1, "pages": [1, 2, 3]}', 'bench'
       from generate_series(1, $1::int) n`,
      [rows],
    )
    await client.query('vacuum analyze job_done')
  } finally {
    client.release()
  }
}

async function walPosition(store: Store): Promise<number> {
  const { rows } = await store.pool.query<{ n: string }>(`select (pg_current_wal_lsn() - '0/0'::pg_lsn)::text as n`)
  return Number(rows[0]?.n)
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
