import { emptyDatabase, type TestDatabase } from '@andon/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FloorDatabases, floorSettings, type GivenFloorSettings } from '../src/index.ts'
import { JOBMANAGER } from '../src/schema/jobmanager.ts'
import { logsSchema } from '../src/schema/logs.ts'
import { migrateSchema } from '../src/schema/plan.ts'

let jobmanager: TestDatabase
let logs: TestDatabase

beforeEach(async () => {
  jobmanager = await emptyDatabase()
  logs = await emptyDatabase()
})

afterEach(async () => {
  await jobmanager[Symbol.asyncDispose]()
  await logs[Symbol.asyncDispose]()
})

describe('a shop that keeps its own databases', () => {
  test('sees what would be added, before anything is, and afterwards nothing more', async () => {
    await makeShop()
    await using floor = open()
    const before = await dump()
    const planned = await floor.plan()
    expect(await dump()).toEqual(before)
    expect(planned.map(({ database, what }) => `${database}: ${what}`)).toEqual(
      expect.arrayContaining([
        'jobmanager: add the column jobs.operations',
        'jobmanager: make the table processing_ledger',
        'logs: add the column job_operations.completed_at',
        'logs: make idx_imposition_operations_source',
      ]),
    )
    expect(planned.flatMap(({ sql }) => sql).filter((sql) => sql.includes('$L'))).toEqual([])
    expect(await floor.migrate()).toEqual(planned)
    expect(await floor.plan()).toEqual([])
    expect(await floor.migrate()).toEqual([])
    await floor.ready()
  })

  test('is told to migrate first, and what lacks', async () => {
    await makeShop()
    await using floor = open()
    await expect(floor.ready()).rejects.toMatchObject({ code: 'floor_not_migrated' })
    await floor.migrate()
    await floor.ready()
  })

  test('keeps every table, column and row that it had', async () => {
    await makeShop()
    await jobmanager.pool.query(`insert into jobs (job_id, description) values ('4604_5889', 'Labels')`)
    await logs.pool.query(`insert into job_operations values ('4604_5889_1_op001', '4604_5889', '1', 'op001', 1, true)`)
    const before = await dump()
    await using floor = open()
    await floor.migrate()
    const after = await dump()
    for (const [column, type] of Object.entries(before)) expect(after).toHaveProperty([column], type)
    expect((await jobmanager.pool.query('select * from jobs')).rows).toEqual([
      expect.objectContaining({ job_id: '4604_5889', description: 'Labels', operations: {} }),
    ])
    expect((await logs.pool.query('select * from job_operations')).rows).toEqual([
      expect.objectContaining({ job_operation_id: '4604_5889_1_op001', sequence_order: 1, completed_at: null }),
    ])
    expect((await jobmanager.pool.query('select marker_type, last_processed_id from processing_markers')).rows).toEqual(
      [
        { marker_type: 'print_os', last_processed_id: '0' },
        { marker_type: 'scanned_codes', last_processed_id: '0' },
      ],
    )
  })

  test('may be migrated by several processes at once', async () => {
    await makeShop()
    await using one = open()
    await using other = open()
    const [first, second] = await Promise.all([one.migrate(), other.migrate()])
    expect([first, second].filter((done) => done.some(({ database }) => database === 'jobmanager'))).toHaveLength(1)
    expect(await one.plan()).toEqual([])
    await other.ready()
  })

  test('has narrow integers widened, with what is in them', async () => {
    await makeShop()
    await jobmanager.pool.query(
      `create table processing_markers (marker_id serial primary key, marker_type text not null unique,
         last_processed_id integer not null default 0, last_processed_at timestamp default now(),
         updated_at timestamp default now());
       insert into processing_markers (marker_type, last_processed_id) values ('print_os', 41)`,
    )
    await logs.pool.query('alter table job_operations add column source_id integer')
    await using floor = open()
    expect((await floor.plan()).map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'widen processing_markers.last_processed_id to bigint',
        'widen job_operations.source_id to bigint',
      ]),
    )
    await floor.migrate()
    expect(await dump()).toMatchObject({
      'processing_markers.last_processed_id': 'bigint',
      'job_operations.source_id': 'bigint',
    })
    const { rows } = await jobmanager.pool.query('select * from processing_markers order by 2')
    expect(rows).toMatchObject([
      { marker_type: 'print_os', last_processed_id: '41' },
      { marker_type: 'scanned_codes', last_processed_id: '0' },
    ])
  })

  test.each([
    [
      'a column of another type',
      `alter table "print OS" alter column marker type text`,
      'print OS.marker is of type text',
    ],
    [
      'a column that is missing',
      'alter table scanned_codes drop column operations',
      'scanned_codes.operations is missing',
    ],
    ['a table that is missing', 'drop table jobs', 'The table "jobs" is missing'],
    ['an operations column that is no JSON', 'alter table jobs add operations text', 'jobs.operations is of type text'],
  ])('is refused for %s, and nothing is added', async (_, sql, detail) => {
    await makeShop()
    await jobmanager.pool.query(sql)
    const before = await dump()
    await using floor = open()
    const refusal = { code: 'floor_schema_mismatch', detail: expect.stringContaining(detail) }
    await expect(floor.migrate()).rejects.toMatchObject(refusal)
    await expect(floor.ready()).rejects.toMatchObject(refusal)
    expect(await dump()).toEqual(before)
  })

  test('that changes its pattern has file names read anew', async () => {
    await makeShop()
    await using floor = open()
    await floor.migrate()
    await using changed = open({ file_pattern: '^DATEI-([0-9]+)-A([0-9]+_[0-9]+)-' })
    await expect(changed.ready()).rejects.toMatchObject({ code: 'floor_not_migrated' })
    await changed.migrate()
    const { rows } = await logs.pool.query(`select andon_file_job('DATEI-2-A4604_5889-x') as job`)
    expect(rows).toEqual([{ job: '4604_5889' }])
    const { rows: indexes } = await logs.pool.query(
      `select indexname from pg_indexes where tablename = 'imposition_file_mapping'`,
    )
    expect(indexes.map((row: { indexname: string }) => row.indexname)).toContain('idx_imposition_file_mapping_jobs')
  })
})

test('what rests on a function is made anew with it', async () => {
  await makeShop()
  await using floor = open()
  await floor.migrate()
  const schema = logsSchema(floor.settings.filePattern)
  const additions = schema.additions.map((addition) =>
    addition.kind === 'object' && addition.name === 'andon_file_job'
      ? { ...addition, sql: `${addition.sql} /* another */` }
      : addition,
  )
  const changes = await migrateSchema(floor.logs, { ...schema, additions }, { ownsTables: false })
  expect(changes.map(({ what }) => what)).toEqual([
    'make andon_file_job anew',
    'make idx_imposition_file_mapping_files anew',
    'make idx_imposition_file_mapping_jobs anew',
  ])
  const { rows } = await logs.pool.query(
    `select indexname from pg_indexes where indexname like 'idx_imposition_file_mapping_%' order by 1`,
  )
  expect(rows.map((row: { indexname: string }) => row.indexname)).toEqual([
    'idx_imposition_file_mapping_files',
    'idx_imposition_file_mapping_jobs',
    'idx_imposition_file_mapping_long',
  ])
})

test('a shop without databases has them made whole', async () => {
  await using floor = new FloorDatabases(
    { jobmanager: jobmanager.url, logs: logs.url, ownsDatabases: true },
    floorSettings({}),
  )
  await floor.ready()
  expect(await floor.plan()).toEqual([])
})

function open(given: GivenFloorSettings = {}): FloorDatabases {
  return new FloorDatabases({ jobmanager: jobmanager.url, logs: logs.url, ownsDatabases: false }, floorSettings(given))
}

/** The shop's own tables, as they were before Andon. */
async function makeShop(): Promise<void> {
  for (const { sql } of JOBMANAGER.shopTables) await jobmanager.pool.query(sql)
  for (const { sql } of logsSchema(floorSettings({}).filePattern).shopTables) await logs.pool.query(sql)
}

/** Types of all columns of both databases. */
async function dump(): Promise<Record<string, string>> {
  const columns = `select c.relname || '.' || a.attname as name, format_type(a.atttypid, a.atttypmod) as type
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')`
  const found = await Promise.all(
    [jobmanager, logs].map(({ pool }) => pool.query<{ name: string; type: string }>(columns)),
  )
  return Object.fromEntries(found.flatMap(({ rows }) => rows.map(({ name, type }) => [name, type])))
}
