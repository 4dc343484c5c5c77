import type { FloorWorld, Press, Scan } from './world.ts'

/**
 * A shop in which everything happens that makes order matter: sheets and files in two runlists, versions, files that
 * name no job, a job that is not there, values that stood before Andon came, equal times, aborts before and after prints,
 * markers that repeat and reset, scans by runlist and by job, of print as well, and rows that cannot be processed.
 */
export const RUNLISTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'RL-1': {
    'IMP-1': ['FILE_1_Labex_4604_5889_80', 'FILE_1_Labex_4604_5889_81', 'FILE_1_Labex_4604_58891_80'],
    'IMP-2': ['FILE_1_Labex_4604_5889_82', 'FILE_1_Labex_4677_5995_50 x 50 mm_Circle'],
  },
  'RL-2': {
    'IMP-3': ['FILE_1_Labex_4700_1_a', 'FILE_2_Labex_4700_1_b', 'Labex_4670_5988_MixedLabels_4670_5989'],
  },
  'RL-3': {
    'IMP-4': ['FILE_1_Labex_4604_5889_80', 'FILE_1_Labex_4800_1_a', 'FILE_1_Labex_4900_9_a'],
  },
}

const LOOSE = {
  'IMP-5': ['FILE_1_Labex_5000_1_a', 'FILE_1_Labex_5000_1_b'],
  'IMP-6': ['FILE_1_Labex_5000_1_c', 'FILE_1_Labex_5000_2_c'],
}

export const PRESS: readonly Press[] = [
  { id: 1, name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00', marker: 5 },
  { id: 2, name: 'IMP-1', status: 'ABORTED', at: '2026-03-01 11:00:00', marker: 3, payload: { abortReason: 'Jam' } },
  { id: 3, name: 'IMP-2', status: 'ABORTED', at: '2026-03-01 10:30:00', marker: 9, copies: 12 },
  { id: 4, name: 'IMP-2', status: 'PRINTED', at: '2026-03-01 12:00:00', marker: 8 },
  { id: 5, name: 'IMP-3', status: 'PRINTED', at: '2026-03-01 09:00:00', marker: 8 },
  { id: 6, name: 'IMP-4', status: 'ABORTED', at: '2026-03-01 09:00:00', marker: 1, payload: { reason: 'Paper' } },
  { id: 7, name: 'IMP-9', status: 'PRINTED', at: '2026-03-01 09:00:00', marker: 12 },
  { id: 8, name: null, status: 'PRINTED', at: '2026-03-01 09:00:00', marker: 11 },
  { id: 9, name: 'IMP-5', status: 'ABORTED', at: '2026-03-01 09:00:00', marker: 2 },
  { id: 10, name: 'IMP-3', status: 'ABORTED', at: '2026-03-01 09:00:00', marker: 14 },
  { id: 11, name: 'IMP-1', status: 'PRINTED', at: '2026-03-01 10:00:00', marker: 6 },
  { id: 12, name: 'IMP-6', status: 'PRINTED', at: '2026-03-01 09:00:00', marker: 10 },
  { id: 13, name: 'IMP-6', status: 'ABORTED', at: '2026-03-01 09:30:00', marker: 7 },
]

export const SCANS: readonly Scan[] = [
  { id: 1, code: 'RL-1', operations: { operations: ['coating'] }, at: '2026-03-01 12:00:00' },
  { id: 2, code: 'RL-2', operations: ['op003'], at: '2026-03-01 11:00:00' },
  { id: 3, code: 'RL-1', operations: { coating: true, slitter: false }, at: '2026-03-01 13:00:00' },
  { id: 4, code: 'RL-2', operations: ['op003', 'kiss_cut'], at: '2026-03-01 12:30:00', machine: 'M2' },
  { id: 5, code: '4604_5889_1', operations: ['coating'], at: '2026-03-01 12:00:00' },
  { id: 6, code: '5000_1_1', operations: ['slitter'], at: '2026-03-01 12:00:00' },
  { id: 7, code: 'RL-3', operations: { print: true, slitter: true }, at: '2026-03-01 08:00:00' },
  { id: 8, code: '4700_1_2', operations: ['coating'], at: '2026-03-01 07:00:00' },
  { id: 9, code: 'RL-7', operations: ['coating'], at: '2026-03-01 12:00:00' },
  { id: 10, code: 'RL-1', operations: ['ironing'], at: '2026-03-01 12:00:00' },
  { id: 11, code: '5000_1_1', operations: ['print'], at: '2026-03-01 07:30:00' },
  { id: 12, code: 'RL-2', operations: ['coating'], at: '2026-03-01 12:30:00' },
  { id: 13, code: 'RL-3', operations: ['coating', 'slitter'], at: '2026-03-01 06:00:00' },
]

/** The shop before anything was printed or scanned. */
export async function openShop(world: FloorWorld): Promise<void> {
  await world.clear()
  for (const [runlist, impositions] of Object.entries(RUNLISTS)) await world.runlist(runlist, impositions)
  await world.logs.pool.query(`insert into production_planner_paths values ('RL-2', 'IMP-2')`)
  for (const [imposition, files] of Object.entries(LOOSE)) await world.files(imposition, files)
  await world.jobs('4604_5889', '4604_58891', '4677_5995', '4700_1', '4800_1', '5000_1', '5000_2')
  await world.jobmanager.pool.query(
    `update jobs set operations = case job_id when '5000_1' then '{"print": true}' else '{"coating": true}' end::jsonb
     where job_id in ('5000_1', '5000_2', '4677_5995')`,
  )
  // What the planner wrote before: some of the rows that the passes are to fill.
  await world.logs.pool.query(
    `insert into job_operations (job_operation_id, job_id, version_tag, operation_id, sequence_order, required) values
       ('4604_5889_1_print', '4604_5889', '1', 'print', 1, true), ('4604_5889_1_op003', '4604_5889', '1', 'op003', 2, true);
     insert into imposition_operations (imposition_operation_id, imposition_id, operation_id, required) values
       ('IMP-2_op001', 'IMP-2', 'op001', true), ('IMP-2_op003', 'IMP-2', 'op003', true)`,
  )
}

/** Rows that say something else than before, as a press or a person corrects them. */
export async function correctShop(world: FloorWorld): Promise<void> {
  await world.jobmanager.pool.query(
    `update "print OS" set status = 'ABORTED' where id in (1, 11);
     update "print OS" set name = 'IMP-3' where id = 4;
     update "print OS" set status = 'LOST' where id = 5;
     update "print OS" set name = 'IMP-4' where id = 7;
     update "print OS" set name = 'IMP-9' where id = 12;
     update scanned_codes set code_text = 'RL-3' where scan_id = 3;
     update scanned_codes set operations = '["kiss_cut"]' where scan_id in (2, 8);
     update scanned_codes set operations = '["slitter"]' where scan_id = 7;
     update scanned_codes set code_text = 'RL-2' where scan_id = 9;
     update scanned_codes set scanned_at = '2026-03-02 06:00:00' where scan_id = 13;
     update scanned_codes set operations = '"none"' where scan_id = 6`,
  )
}
