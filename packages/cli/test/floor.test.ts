import type { FloorCell, RunlistDetail } from '@andon/core'
import { emptyDatabase } from '@andon/testing'
import { describe, expect, test } from 'vitest'
import { json, refuse, shop, world } from './world.ts'

const done: FloorCell = { state: 'done', source: 'scanner', at: '2026-11-22T08:00:00.000Z', note: null, conflict: null }
const partly: FloorCell = { ...done, state: 'partly', source: 'print_os', note: '2 of 3 files printed' }
const open: FloorCell = { ...done, state: 'open', source: null, at: null }
const disputed: FloorCell = { ...partly, note: null, conflict: 'A scan says that it was printed.' }

const RUNLIST: RunlistDetail = {
  runlist_id: 'RL-1',
  impositions: 1,
  jobs: 2,
  conflicts: 1,
  operations: {
    print: { done: 0, partly: 2, aborted: 0, open: 0 },
    kiss_cut: { done: 1, partly: 0, aborted: 0, open: 1 },
  },
  last_activity_at: '2026-11-22T08:00:00.000Z',
  operation_types: ['print', 'kiss_cut'],
  imposition_list: [{ imposition_id: 'IMP-1', files: 3, operations: { print: partly, kiss_cut: done } }],
  job_list: [
    { job_id: '4604_5889', version_tag: '1', files: 2, operations: { print: disputed, kiss_cut: done } },
    { job_id: '4677_5995', version_tag: '2', files: 1, operations: { print: partly, kiss_cut: open } },
  ],
}

describe('floor runlist', () => {
  test('shows each operation of each job to a person', async () => {
    await using it = await shop()
    it.server.on('GET /api/floor/runlists/RL-1', (_seen, response) => json(response, RUNLIST))
    const { code, out } = await it.andon(['floor', 'runlist', 'RL-1'])
    expect(code).toBe(0)
    expect(out.split('\n')).toEqual([
      'RL-1  1 impositions, 2 jobs',
      '  done: print 0 of 2, kiss_cut 1 of 2',
      '  1 jobs on which press and scanner differ',
      '',
      'IMPOSITION  FILES  PRINT     KISS CUT',
      'IMP-1           3  ◐ partly  ✓ done',
      '',
      'JOB        VERSION  FILES  PRINT       KISS CUT  NOTES',
      '4604_5889  1            2  ◐ partly !  ✓ done    print: A scan says that it was printed.',
      '4677_5995  2            1  ◐ partly    · open    print: 2 of 3 files printed',
      '',
    ])
    expect(JSON.parse((await it.andon(['floor', 'runlist', 'RL-1', '-o', 'json'])).out)).toEqual(RUNLIST)
    expect((await it.andon(['floor', 'runlist', 'RL-1', '-o', 'name'])).out).toBe('RL-1\n')
  })

  test('offers close names for one that is not there', async () => {
    await using it = await shop()
    it.server.on('GET /api/floor/runlists/RL%2F9', (_seen, response) =>
      refuse(response, 404, { code: 'runlist_not_found', candidates: ['RL-8', 'RL-10'] }),
    )
    const { code, err } = await it.andon(['floor', 'runlist', 'RL/9'])
    expect(code).toBe(3)
    expect(err).toContain('    RL-8\n    RL-10\n')
    expect(err).toContain('code runlist_not_found')
  })
})

describe('floor', () => {
  test('scan sends what a scanner would and says what was matched', async () => {
    await using it = await shop()
    const match = {
      scan_id: '7',
      code_text: 'RL-1',
      matched: 'runlist',
      runlist_id: 'RL-1',
      operations: ['coating', 'kiss_cut'],
      impositions: ['IMP-1'],
      jobs: [
        { job_id: '4604_5889', version_tag: '1' },
        { job_id: '4677_5995', version_tag: '2' },
      ],
      jobs_updated: 2,
    }
    it.server.on('POST /api/scans', (_seen, response) => json(response, match))
    const argv = ['floor', 'scan', 'RL-1', '--operation', 'coating', 'kiss_cut', '--machine', 'M1', '--user', 'anna']
    const { code, out } = await it.andon(argv)
    expect(code).toBe(0)
    expect(out).toBe('coating, kiss_cut on runlist RL-1: 1 impositions, 2 jobs; 2 jobs changed\n')
    expect(JSON.parse(it.server.seen[0]?.body ?? '')).toEqual({
      code_text: 'RL-1',
      operations: { operations: ['coating', 'kiss_cut'] },
      machine_id: 'M1',
      user_id: 'anna',
    })
    expect((await it.andon(['floor', 'scan', 'RL-1'])).code).toBe(2)
  })

  test('process works off what is asked for', async () => {
    await using it = await shop()
    const counts = { print_os_processed: 3, scanner_processed: 0, jobs_updated: 2 }
    it.server.on('POST /api/process-status-updates', (_seen, response) => json(response, counts))
    const { out } = await it.andon(['floor', 'process', '--source', 'print_os', '--force'])
    expect(out).toBe('3 press records, 0 scans worked off; 2 jobs changed\n')
    expect(JSON.parse(it.server.seen[0]?.body ?? '')).toEqual({ source: 'print_os', force: true })
    expect(JSON.parse((await it.andon(['floor', 'process', '-o', 'json'])).out)).toEqual(counts)
    expect((await it.andon(['floor', 'process', '--source', 'press'])).code).toBe(2)
  })

  test('status says how far it is, and where to look', async () => {
    await using it = await shop()
    const source = { last_marker: '41', waiting: 0, lag_s: null, last_processed_at: '2026-11-22T08:01:00.000Z' }
    it.server.on('GET /api/floor/status', (_seen, response) =>
      json(response, { print_os: source, scanner: { ...source, waiting: 2, lag_s: 90 }, open_errors: 3, overrides: 1 }),
    )
    const { out } = await it.andon(['floor', 'status', '--time', 'iso'])
    expect(out.split('\n')).toEqual([
      'press records  all worked off  up to 41, 2026-11-22T08:01:00.000Z',
      'scans          2 wait, the oldest for 1 min 30 s  up to 41, 2026-11-22T08:01:00.000Z',
      '3 stand aside; see: andon floor errors',
      '1 operations are overridden',
      '',
    ])
  })

  test('says that there is none, without asking again', async () => {
    await using it = await shop()
    it.server.on('GET /api/floor/status', (_seen, response) => refuse(response, 404, { code: 'floor_not_configured' }))
    const { code, err } = await it.andon(['floor', 'status'])
    expect(code).toBe(3)
    expect(err).toContain('FLOOR_JOBMANAGER_URL')
    expect(it.server.seen).toHaveLength(1)
  })
})

describe('floor errors', () => {
  const error = {
    error_id: '12',
    source_type: 'print_os',
    source_id: '900',
    reason: 'unknown_imposition',
    detail: 'No files are known for the imposition "IMP-9".',
    subject: 'IMP-9',
    attempts: 2,
    next_try_at: null,
    created_at: '2026-11-22T08:01:00.000Z',
  }

  test('are listed, tried again and dismissed', async () => {
    await using it = await shop()
    it.server.on('GET /api/floor/errors', (_seen, response) => json(response, { data: [error], next_cursor: null }))
    it.server.on('POST /api/floor/errors/retry', (_seen, response) => json(response, { count: 1 }))
    it.server.on('POST /api/floor/errors/12/dismiss', (_seen, response) => void response.writeHead(204).end())
    const { out } = await it.andon(['floor', 'errors', '--source', 'print_os'])
    expect(out).toContain('12     print_os  IMP-9  unknown_imposition')
    expect(Object.fromEntries(it.server.seen[0]?.query ?? [])).toEqual({ source: 'print_os', limit: '50' })
    expect((await it.andon(['floor', 'errors', 'list', '-o', 'name'])).out).toBe('12\n')
    expect((await it.andon(['floor', 'errors', 'retry'])).err).toBe('1 is tried again.\n')
    expect((await it.andon(['floor', 'errors', 'retry', '12', '-o', 'json'])).out).toBe('{"count":1}\n')
    expect(it.server.seen.at(-1)?.body).toBe('{"ids":["12"]}')
    expect((await it.andon(['floor', 'errors', 'dismiss', '12'])).err).toBe('Dismissed 12.\n')
  })

  test('have numbers', async () => {
    await using it = await shop()
    expect((await it.andon(['floor', 'errors', 'dismiss', 'IMP-9'])).code).toBe(2)
    expect((await it.andon(['floor', 'errors', 'list', '-L', 'all'])).code).toBe(2)
    expect(it.server.seen).toEqual([])
  })
})

describe('floor migrate', () => {
  /** The tables of a shop before Andon came. */
  const JOBMANAGER = `
    create table jobs (job_id text primary key);
    create table "print OS" (id bigserial primary key, name text, status text, marker bigint, job_name text, item_id text,
      job_complete_time timestamp, copies int, payload jsonb, created_at timestamp, updated_at timestamp);
    create table scanned_codes (scan_id bigserial primary key, code_text text, scanned_at timestamp, machine_id text,
      user_id text, operations jsonb, metadata jsonb);`
  const LOGS = `
    create table job_operations (job_operation_id text primary key, job_id text, version_tag text, operation_id text,
      sequence_order int, required boolean);
    create table imposition_operations (imposition_operation_id text primary key, imposition_id text, operation_id text,
      sequence_order int, required boolean);
    create table imposition_file_mapping (imposition_id text, file_id text);
    create table production_planner_paths (runlist_id text, imposition_id text);`

  test('says what it would add, adds it, and then has nothing to do', async () => {
    await using jobmanager = await emptyDatabase()
    await using logs = await emptyDatabase()
    await using place = await world()
    const env = { FLOOR_JOBMANAGER_URL: jobmanager.url, FLOOR_LOGS_URL: logs.url }
    const missing = await place.andon(['floor', 'migrate', '--plan'], { env })
    expect(missing.err).toContain('The table "jobs" is missing.')
    await jobmanager.pool.query(JOBMANAGER)
    await logs.pool.query(LOGS)
    const plan = await place.andon(['floor', 'migrate', '--plan'], { env })
    expect(plan.code).toBe(0)
    expect(plan.out).toContain('would add the column jobs.operations in jobmanager\n')
    expect(plan.out).toContain("'^FILE_([^_]+)_Labex_")
    expect(plan.out).not.toContain('$L')
    expect(plan.err).toContain('Make them with: andon floor migrate')
    const first = JSON.parse((await place.andon(['floor', 'migrate', '-o', 'json'], { env })).out)
    expect(first.additions.length).toBeGreaterThan(10)
    expect((await place.andon(['floor', 'migrate'], { env })).err).toBe('Both databases have all that Andon needs.\n')
  })

  test('names a column of another type', async () => {
    await using jobmanager = await emptyDatabase()
    await using logs = await emptyDatabase()
    await using place = await world()
    await jobmanager.pool.query(JOBMANAGER.replace('operations jsonb', 'operations text'))
    await logs.pool.query(LOGS)
    const env = { FLOOR_JOBMANAGER_URL: jobmanager.url, FLOOR_LOGS_URL: logs.url }
    const { code, err } = await place.andon(['floor', 'migrate'], { env })
    expect(code).toBe(1)
    expect(err).toContain('The column scanned_codes.operations is of type text; it should be jsonb.')
  })

  test('needs both databases, and says which is not there', async () => {
    await using place = await world()
    expect((await place.andon(['floor', 'migrate'])).err).toContain('code floor_not_configured')
    const half = await place.andon(['floor', 'migrate'], { env: { FLOOR_LOGS_URL: 'postgres://x/logs' } })
    expect(half.err).toContain('code config_invalid')
    const gone = 'postgres://x@127.0.0.1:1/jobmanager'
    const away = await place.andon(['floor', 'migrate'], { env: { FLOOR_JOBMANAGER_URL: gone, FLOOR_LOGS_URL: gone } })
    expect(away.err).toContain('code floor_unavailable')
    expect(away.err).toContain('"jobmanager" does not answer')
  })
})
