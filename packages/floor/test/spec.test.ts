import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ProductionFloor } from '../src/index.ts'
import { FloorWorld } from './world.ts'

let world: FloorWorld
let floor: ProductionFloor

beforeAll(async () => {
  world = await FloorWorld.open({ time_zone: 'UTC' })
  floor = new ProductionFloor(world.databases)
})

afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

beforeEach(async () => {
  await world.clear()
  await world.runlist('RL-100', {
    'IMP-1': ['FILE_1_Labex_4604_5889_80', 'FILE_1_Labex_4604_58891_80'],
    'IMP-2': ['FILE_1_Labex_4604_5889_81', 'FILE_2_Labex_4677_5995_50 x 50 mm_Circle'],
  })
  await world.files('IMP-3', ['FILE_1_Labex_4800_1_80'])
  await world.jobs('4604_5889', '4604_58891', '4677_5995', '4800_1')
})

test('a press record marks its imposition, and the jobs of which all files are printed', async () => {
  const [first] = await world.press({
    name: 'IMP-1',
    status: 'PRINTED',
    at: '2026-03-01 10:00:00',
    marker: 11,
    copies: 3,
  })
  const [second] = await world.press({
    name: 'IMP-2',
    status: 'ABORTED',
    at: '2026-03-01 11:00:00',
    marker: 14,
    copies: 7,
    payload: { jobProgress: 'ABORTED', abortReason: 'Paper jam', inks: [] },
  })
  await world.pass()
  expect(await logs('select *, completed_at::text as completed_at from imposition_operations order by 1')).toEqual([
    {
      imposition_operation_id: 'IMP-1_op001',
      imposition_id: 'IMP-1',
      operation_id: 'op001',
      sequence_order: null,
      required: null,
      completed_at: '2026-03-01 10:00:00',
      completed_by: 'print_os',
      source_id: first,
      status: 'completed',
      notes: null,
    },
    {
      imposition_operation_id: 'IMP-2_op001',
      imposition_id: 'IMP-2',
      operation_id: 'op001',
      sequence_order: null,
      required: null,
      completed_at: '2026-03-01 11:00:00',
      completed_by: 'print_os',
      source_id: second,
      status: 'aborted',
      notes: '1 abort: Paper jam',
    },
  ])
  const common = { operation_id: 'op001', sequence_order: null, required: null, completed_by: 'print_os' }
  expect(await logs('select *, completed_at::text as completed_at from job_operations order by job_id')).toEqual([
    {
      ...common,
      job_operation_id: '4604_5889_1_op001',
      job_id: '4604_5889',
      version_tag: '1',
      completed_at: null,
      source_id: first,
      status: null,
      notes: '1 of 2 files printed, 1 aborted; 1 abort: Paper jam',
    },
    {
      ...common,
      job_operation_id: '4604_58891_1_op001',
      job_id: '4604_58891',
      version_tag: '1',
      completed_at: '2026-03-01 10:00:00',
      source_id: first,
      status: 'completed',
      notes: '1 of 1 files printed',
    },
    {
      ...common,
      job_operation_id: '4677_5995_2_op001',
      job_id: '4677_5995',
      version_tag: '2',
      completed_at: '2026-03-01 11:00:00',
      source_id: second,
      status: 'aborted',
      notes: '0 of 1 files printed, 1 aborted; 1 abort: Paper jam',
    },
  ])
  expect(await world.operations()).toEqual({
    '4604_5889': { print: false },
    '4604_58891': { print: true },
    '4677_5995': { print: false },
    '4800_1': {},
  })
})

test('each record has a line of history for each job and version, and an entry in the ledger', async () => {
  const [id] = await world.press({
    name: 'IMP-1',
    status: 'ABORTED',
    at: '2026-03-01 10:00:00',
    marker: 11,
    copies: 1,
    payload: { reason: 'Ink' },
  })
  await world.pass()
  const lines = await jobmanager(
    `select job_id, version_tag, operation_type, status, source_type, source_id, row_hash, notes,
       updated_at::text as updated_at from job_status_updates order by job_id`,
  )
  const [{ row_hash: hash } = { row_hash: null }] = (await jobmanager('select * from processing_ledger')) as {
    row_hash: string
  }[]
  const common = {
    version_tag: '1',
    operation_type: 'print',
    status: 'aborted',
    source_type: 'print_os',
    source_id: id,
    row_hash: hash,
    notes: 'Imposition IMP-1 aborted: 1 file of the job, 1 copy; Ink',
    updated_at: '2026-03-01 10:00:00',
  }
  expect(lines).toEqual([
    { ...common, job_id: '4604_5889' },
    { ...common, job_id: '4604_58891' },
  ])
  expect(await jobmanager('select * from processing_ledger')).toEqual([
    {
      source_type: 'print_os',
      source_id: id,
      outcome: 'done',
      attempts: 1,
      error: null,
      row_hash: expect.stringMatching(/^-?\d+$/),
      processed_at: expect.any(Date),
    },
  ])
  expect(await logs('select source_type, source_id, row_hash, applied_at from applied_sources')).toEqual([
    { source_type: 'print_os', source_id: id, row_hash: hash, applied_at: expect.any(Date) },
  ])
  expect(await jobmanager('select marker_type, last_processed_id from processing_markers order by 1')).toEqual([
    { marker_type: 'print_os', last_processed_id: '11' },
    { marker_type: 'scanned_codes', last_processed_id: '0' },
  ])
})

test('rows that the planner made are filled in, with what it wrote', async () => {
  await world.logs.pool.query(
    `insert into job_operations (job_operation_id, job_id, version_tag, operation_id, sequence_order, required) values
       ('J1', '4604_5889', '1', 'print', 1, true), ('J2', '4604_5889', '1', 'op003', 2, false);
     insert into imposition_operations (imposition_operation_id, imposition_id, operation_id, sequence_order, required)
     values ('I1', 'IMP-1', 'print', 1, true), ('I2', 'IMP-1', 'op003', 2, false)`,
  )
  await world.press(
    { name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00' },
    { name: 'IMP-2', status: 'PRINTED', at: '2026-03-01 10:30:00' },
  )
  await world.scan({ code: 'RL-100', operations: ['coating'], at: '2026-03-01 12:00:00' })
  await world.pass()
  const columns = 'sequence_order, required, completed_at::text as at, completed_by, status'
  expect(
    await logs(`select job_operation_id as id, ${columns} from job_operations where job_id = '4604_5889' order by 1`),
  ).toEqual([
    {
      id: 'J1',
      sequence_order: 1,
      required: true,
      at: '2026-03-01 10:30:00',
      completed_by: 'print_os',
      status: 'completed',
    },
    {
      id: 'J2',
      sequence_order: 2,
      required: false,
      at: '2026-03-01 12:00:00',
      completed_by: 'scanner',
      status: 'completed',
    },
  ])
  expect(
    await logs(
      `select imposition_operation_id as id, ${columns} from imposition_operations where imposition_id = 'IMP-1' order by 1`,
    ),
  ).toEqual([
    {
      id: 'I1',
      sequence_order: 1,
      required: true,
      at: '2026-03-01 10:00:00',
      completed_by: 'print_os',
      status: 'completed',
    },
    {
      id: 'I2',
      sequence_order: 2,
      required: false,
      at: '2026-03-01 12:00:00',
      completed_by: 'scanner',
      status: 'completed',
    },
  ])
})

test.each([
  ['names', { operations: ['coating', 'kiss_cut'] }],
  ['ids', ['op003', 'OP006']],
  ['flags', { coating: true, kiss_cut: true, slitter: false }],
])('a scan of a runlist gives its operations, as %s, to all impositions and jobs', async (_, operations) => {
  const [id] = await world.scan({ code: 'RL-100', operations, at: '2026-03-01 12:00:00', machine: 'Coater 2' })
  await world.pass()
  const columns = `operation_id, completed_at::text as at, completed_by, source_id, status, notes`
  const done = { at: '2026-03-01 12:00:00', completed_by: 'scanner', source_id: id, status: 'completed', notes: null }
  const both = (owner: Record<string, string>) =>
    ['op003', 'op006'].map((operation_id) => ({ ...owner, operation_id, ...done }))
  expect(
    await logs(`select imposition_id, ${columns} from imposition_operations order by imposition_id, operation_id`),
  ).toEqual(['IMP-1', 'IMP-2'].flatMap((imposition_id) => both({ imposition_id })))
  expect(
    await logs(`select job_id, version_tag, ${columns} from job_operations order by job_id, operation_id`),
  ).toEqual([
    ...both({ job_id: '4604_5889', version_tag: '1' }),
    ...both({ job_id: '4604_58891', version_tag: '1' }),
    ...both({ job_id: '4677_5995', version_tag: '2' }),
  ])
  const scanned = { coating: true, kiss_cut: true }
  expect(await world.operations()).toEqual({
    '4604_5889': scanned,
    '4604_58891': scanned,
    '4677_5995': scanned,
    '4800_1': {},
  })
  expect(await jobmanager('select distinct source_type, source_id, status, notes from job_status_updates')).toEqual([
    { source_type: 'scanner', source_id: id, status: 'completed', notes: 'Scanned by Coater 2' },
  ])
})

test('a scan of a single job is one of its whole runlist, and of the job alone where it is in none', async () => {
  await world.scan({ code: '4604_5889_1', operations: ['slitter'], at: '2026-03-01 12:00:00' })
  await world.scan({ code: '4800_1_1', operations: ['slitter'], at: '2026-03-01 12:00:00' })
  await world.pass()
  const jobs = { '4604_5889': { slitter: true }, '4604_58891': { slitter: true }, '4677_5995': { slitter: true } }
  expect(await world.operations()).toEqual({ ...jobs, '4800_1': { slitter: true } })
  expect(await logs('select distinct imposition_id from imposition_operations order by 1')).toEqual([
    { imposition_id: 'IMP-1' },
    { imposition_id: 'IMP-2' },
  ])
  expect(await floor.scan({ code_text: '4800_1_1', operations: ['coating'] })).toMatchObject({
    matched: 'job',
    runlist_id: null,
    jobs: [{ job_id: '4800_1', version_tag: '1' }],
  })
})

test('a job in two runlists leaves open which was meant, unless one of them is scanned', async () => {
  await world.logs.pool.query(`insert into production_planner_paths values ('RL-200', 'IMP-2')`)
  await expect(floor.scan({ code_text: '4604_5889_1', operations: ['coating'] })).rejects.toMatchObject({
    code: 'code_ambiguous',
    extra: { candidates: ['RL-100', 'RL-200'] },
  })
  expect(await world.operations()).toMatchObject({ '4604_5889': {} })
  await floor.scan({ code_text: 'RL-200', operations: ['coating'] })
  expect(await world.operations()).toMatchObject({
    '4604_5889': { coating: true },
    '4604_58891': {},
    '4677_5995': { coating: true },
  })
})

test('a runlist goes before a job that is written the same', async () => {
  await world.runlist('4800_1_1', { 'IMP-9': ['FILE_1_Labex_4677_5995_9'] })
  expect(await floor.scan({ code_text: '4800_1_1', operations: ['coating'] })).toMatchObject({
    matched: 'runlist',
    runlist_id: '4800_1_1',
  })
  expect(await world.operations()).toMatchObject({ '4677_5995': { coating: true }, '4800_1': {} })
})

test('what cannot be processed is set aside with its reason, and the rest goes on', async () => {
  await world.files('IMP-4', ['FILE_1_Labex_4800_1_99', 'Labex_4670_5988_MixedLabels_80', 'x'.repeat(1_100)])
  await world.press(
    { name: 'IMP-4', status: 'PRINTED', at: '2026-03-01 10:00:00' },
    { name: 'IMP-0', status: 'PRINTED', at: '2026-03-01 10:00:00' },
    { name: 'IMP-1', status: null, at: '2026-03-01 10:00:00' },
    { name: 'IMP-3', status: 'PRINTED', at: '2026-03-01 10:00:00' },
  )
  await world.scan(
    { code: 'RL-999', operations: ['coating'], at: '2026-03-01 12:00:00' },
    { code: 'RL-100', operations: { operations: 'coating' }, at: '2026-03-01 12:00:00' },
    { code: 'RL-100', operations: ['ironing'], at: '2026-03-01 12:00:00' },
  )
  await world.pass()
  expect(await world.operations()).toMatchObject({ '4800_1': { print: true } })
  expect(
    await jobmanager('select source_type, reason, detail from processing_errors order by source_type, source_id'),
  ).toEqual([
    {
      source_type: 'print_os',
      reason: 'unmatched_file',
      detail: expect.stringMatching(/^2 files of the imposition have a name that names no one job: /),
    },
    { source_type: 'print_os', reason: 'unknown_imposition', detail: 'No files are known for the imposition "IMP-0".' },
    { source_type: 'print_os', reason: 'malformed', detail: 'The status is "", neither PRINTED nor ABORTED.' },
    {
      source_type: 'scanner',
      reason: 'unknown_code',
      detail: '"RL-999" is neither a runlist nor a job with its version.',
    },
    { source_type: 'scanner', reason: 'malformed', detail: 'The scan names no operation.' },
    {
      source_type: 'scanner',
      reason: 'malformed',
      detail: 'The scan names an operation that the catalogue does not know: ironing',
    },
  ])
  expect(await jobmanager(`select outcome, count(*)::int as n from processing_ledger group by 1 order by 1`)).toEqual([
    { outcome: 'done', n: 1 },
    { outcome: 'set_aside', n: 6 },
  ])
})

async function logs(sql: string): Promise<unknown[]> {
  return (await world.logs.pool.query(sql)).rows
}

async function jobmanager(sql: string): Promise<unknown[]> {
  return (await world.jobmanager.pool.query(sql)).rows
}
