import type { ScheduleView } from '@andon/core'
import { describe, expect, test } from 'vitest'
import { idOf, job, json, refuse, shop } from './world.ts'

const REPORT: ScheduleView = {
  id: 3,
  name: 'Morning report',
  cron: '0 6 * * MON-FRI',
  time_zone: 'Europe/Berlin',
  words: 'At 06:00, Monday through Friday',
  job: { type: 'report.pdf', queue: 'reports', input: { of: 'yesterday' } },
  is_redacted: false,
  overlap: 'start',
  next_runs: ['2026-11-23T05:00:00.000Z', '2026-11-24T05:00:00.000Z'],
  pause: null,
  last_run_at: '2026-11-22T08:01:00.000Z',
  last_job: { id: idOf(1), state: 'failed' },
  missed: null,
  skipped: null,
  trouble: null,
  created_at: '2026-11-01T00:00:00.000Z',
}

const PAUSED: ScheduleView = {
  ...REPORT,
  id: 4,
  name: '7',
  words: null,
  is_redacted: true,
  overlap: 'skip',
  next_runs: [],
  pause: { at: '2026-11-22T08:00:00.000Z', by: 'anna' },
  last_run_at: null,
  last_job: null,
  missed: { count: 12, at: '2026-11-22T08:01:00.000Z' },
  skipped: { count: 1, at: '2026-11-22T08:01:00.000Z' },
  trouble: null,
}

async function withSchedules() {
  const it = await shop()
  it.server.on('GET /api/schedules', (_seen, response) => json(response, { data: [REPORT, PAUSED] }))
  return it
}

describe('schedules', () => {
  test('are listed with their words, their next run and the state of their last job', async () => {
    await using it = await withSchedules()
    const { out } = await it.andon(['schedules', 'list'])
    expect(out).toMatch(/3 +Morning report +active +At 06:00, Monday through Friday +Europe\/Berlin +report\.pdf/)
    expect(out).toMatch(/1 min ago +failed/)
    expect(out).toMatch(/4 +7 +paused +0 6 \* \* MON-FRI/)
    expect((await it.andon(['schedules', 'ls', '-o', 'name'])).out).toBe('Morning report\n7\n')
    it.server.on('GET /api/schedules', (_seen, response) =>
      json(response, {
        data: [
          { ...REPORT, trouble: 'no' },
          { ...REPORT, next_runs: [] },
        ],
      }),
    )
    const { out: others } = await it.andon(['schedules', 'list'], { columns: 200 })
    expect(others).toContain('in trouble')
    expect(others).toContain('over')
    it.server.on('GET /api/schedules', (_seen, response) => json(response, { data: [] }))
    expect((await it.andon(['schedules', 'list'])).err).toContain('andon schedules add NAME')
  })

  test('are shown with the times of their own zone', async () => {
    await using it = await withSchedules()
    const { out } = await it.andon(['schedules', 'show', 'Morning report', '4'])
    expect(out).toContain('At 06:00, Monday through Friday (0 6 * * MON-FRI, Europe/Berlin)')
    expect(out).toContain('report.pdf in the queue reports')
    expect(out).toContain('{"of":"yesterday"}')
    expect(out).toMatch(/next runs +Monday,? 23 November 2026 at 06:00:00/)
    expect(out).toContain(`1 min ago, failed (${idOf(1)})`)
    expect(out).toContain('not shown to you')
    expect(out).toContain('2 min ago by anna')
    expect(out).toContain('12 runs, made up for by one 1 min ago')
    expect(out).toContain('1 run, the last one 1 min ago')
    expect(out).toContain('skips a run while its last job still lives')
    it.server.on('GET /api/schedules/99', (_seen, response) => refuse(response, 404, { code: 'schedule_not_found' }))
    expect((await it.andon(['schedules', 'show', '99'])).code).toBe(3)
    expect(await it.andon(['schedules', 'show', 'nightly'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('There is no schedule "nightly"'),
    })
    it.server.on('GET /api/schedules', (_seen, response) =>
      json(response, { data: [{ ...REPORT, trouble: '"Zebra" is a printer', job: { type: 'a.b', queue: 'q' } }] }),
    )
    expect((await it.andon(['schedules', 'show', '3'])).out).toContain('"Zebra" is a printer')
  })

  test('an expression is explained before it is used', async () => {
    await using it = await shop()
    const preview = { words: 'At 06:00', next_runs: ['2026-11-23T06:00:00.000Z'] }
    it.server.on('GET /api/schedules/preview', (seen, response) =>
      json(response, { ...preview, words: seen.query.get('time_zone') === 'UTC' ? preview.words : null }),
    )
    const { out } = await it.andon(['schedules', 'preview', '0 6 * * *'])
    expect(out).toMatch(/^At 06:00\n +next runs +Monday,? 23 November 2026 at 06:00:00/)
    const there = await it.andon(['schedules', 'preview', '0 6 * * *', '--zone', 'Europe/Berlin'])
    expect(there.out).toContain('07:00:00')
    expect((await it.andon(['schedules', 'preview', '0 6 * * *', '-o', 'name'])).out).toBe(`${preview.next_runs[0]}\n`)
    expect((await it.andon(['schedules', 'preview', '0 6 * * *', '-o', 'csv'])).out).toContain('At 06:00')
  })

  test('are added with all that a job can be told', async () => {
    await using it = await withSchedules()
    it.server.on('POST /api/schedules', (_seen, response) => json(response, REPORT, 201))
    const when = ['--cron', '0 6 * * MON-FRI', '--zone', 'Europe/Berlin', '--overlap', 'skip']
    const what = ['--type', 'report.pdf', '--queue', 'reports', '--input', '{"of":"yesterday"}', '--tag', 'for=anna']
    const { code, out } = await it.andon(['schedules', 'add', 'Morning report', ...when, ...what])
    expect(code).toBe(0)
    expect(out).toContain('next runs')
    expect(JSON.parse(it.server.seen[0]?.body ?? '')).toEqual({
      name: 'Morning report',
      cron: '0 6 * * MON-FRI',
      time_zone: 'Europe/Berlin',
      overlap: 'skip',
      job: { type: 'report.pdf', queue: 'reports', input: { of: 'yesterday' }, tags: { for: 'anna' } },
    })
    for (const flags of [
      ['--type', 'a.b'],
      ['--cron', '0 6 * * *'],
      ['--cron', '0 6 * * *', '--type', 'a.b', '--overlap', 'queue'],
      ['--cron', '0 6 * * *', '--type', 'a.b', '--input', '{'],
    ]) {
      expect((await it.andon(['schedules', 'add', 'x', ...flags])).code).toBe(2)
    }
  })

  test('are changed in what is named; the rest of the job stays', async () => {
    await using it = await withSchedules()
    it.server.on('PATCH /api/schedules/3', (_seen, response) => json(response, REPORT))
    await it.andon(['schedules', 'change', 'Morning report', '--cron', '0 7 * * *', '--name', 'Report'])
    await it.andon(['schedules', 'set', '3', '--type', 'report.csv', '--no-hold', '--overlap', 'start'])
    expect(it.server.seen.flatMap(({ body }) => (body ? JSON.parse(body) : []))).toEqual([
      { cron: '0 7 * * *', name: 'Report' },
      { overlap: 'start', job: { ...REPORT.job, type: 'report.csv', is_held: false } },
    ])
    expect((await it.andon(['schedules', 'change', '3'])).code).toBe(2)
  })

  test('are paused, resumed, run at once and removed', async () => {
    await using it = await withSchedules()
    for (const verb of ['pause', 'resume']) {
      it.server.on(`POST /api/schedules/3/${verb}`, (_seen, response) => json(response, REPORT))
      expect((await it.andon(['schedules', verb, 'Morning report'])).out).toContain('Morning report')
    }
    let isExisting = false
    it.server.on('POST /api/schedules/3/run', (_seen, response) =>
      json(response, { id: idOf(1), is_existing: isExisting }, 201),
    )
    expect((await it.andon(['schedules', 'run', '3'])).out).toBe(`${idOf(1)}\n`)
    isExisting = true
    it.server.on(`GET /api/jobs/${idOf(1)}`, (_seen, response) =>
      json(response, job({ id: idOf(1), state: 'completed', printer: null })),
    )
    const watched = await it.andon(['schedules', 'run', '3', '--watch'])
    expect(watched.err).toContain('while its last job still lives')
    expect(watched.code).toBe(0)
    it.server.on('DELETE /api/schedules/3', (_seen, response) => response.writeHead(204).end())
    expect((await it.andon(['schedules', 'remove', '3'], { answers: ['n'] })).code).toBe(1)
    expect((await it.andon(['schedules', 'rm', '3', '--yes'])).err).toContain('The jobs that it made stay.')
  })
})
