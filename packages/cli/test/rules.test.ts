import { type AlertView, DEFAULT_RETENTION, type MonthView, type RetentionForecast, type RuleView } from '@andon/core'
import { describe, expect, test } from 'vitest'
import { ruleChangeOf, ruleOf } from '../src/commands/rules/flags.ts'
import { job, json, refuse, shop } from './world.ts'

const RULE: RuleView = {
  id: 7,
  name: 'Labels fail',
  condition: { on: 'job_failed', type: 'print.*' },
  watches: 'a print.* job fails',
  channel: { kind: 'slack', target: 'https://hooks.slack.com/…', to: null },
  quiet: { minutes: 15, hours: null },
  grouping: 'cause',
  pause: null,
  open_alerts: 2,
  last_notification: null,
  created_at: '2026-11-22T08:00:00Z',
  created_by: 'anna',
}

const ALERT: AlertView = {
  id: '31',
  rule_id: 7,
  rule: 'Labels fail',
  level: 'error',
  title: 'Orders failed',
  what: 'Paper is out',
  hint: null,
  count: 37,
  opened_at: '2026-11-22T08:00:00Z',
  seen_at: '2026-11-22T08:01:00Z',
  told_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  closed_at: null,
  job_id: null,
  path: '/jobs',
}

describe('rules', () => {
  test('are listed, paused, resumed and removed by name or number', async () => {
    await using it = await shop()
    const paused = { ...RULE, pause: { at: '2026-11-22T08:00:00Z', by: 'anna' } }
    it.server.on('GET /api/rules', (_seen, response) => json(response, { data: [RULE] }))
    it.server.on('POST /api/rules/7/pause', (_seen, response) => json(response, paused))
    it.server.on('POST /api/rules/7/resume', (_seen, response) => json(response, RULE))
    it.server.on('DELETE /api/rules/7', (_seen, response) => json(response, {}))
    const { out } = await it.andon(['rules', 'list'])
    expect(out).toMatch(/7\s+Labels fail\s+watching\s+2\s+a print\.\* job fails\s+slack https/)
    expect((await it.andon(['rules', 'pause', 'Labels fail'])).out).toContain('paused')
    expect((await it.andon(['rules', 'resume', '7'])).out).toContain('watching')
    expect((await it.andon(['rules', 'rm', '7'], { answers: ['n'] })).code).toBe(1)
    expect((await it.andon(['rules', 'rm', '7', '-y'])).code).toBe(0)
    expect((await it.andon(['rules', 'pause', 'nothing'])).code).toBe(3)
  })

  test('are added with their secret shown once', async () => {
    await using it = await shop()
    it.server.on('POST /api/rules', (_seen, response) => json(response, { rule: RULE, secret: 'whsec_abc' }, 201))
    const argv = [
      'rules',
      'add',
      'Labels fail',
      '--on',
      'job_failed',
      '--type',
      'print.*',
      '--webhook',
      'https://x.de/in',
    ]
    const { err, out } = await it.andon(argv)
    expect(out).not.toContain('whsec_')
    expect(err).toContain('whsec_abc')
    expect(JSON.parse(it.server.seen[0]?.body ?? '')).toEqual({
      name: 'Labels fail',
      condition: { on: 'job_failed', type: 'print.*' },
      channel: { kind: 'webhook', url: 'https://x.de/in' },
      quiet: { minutes: 15, hours: null },
      grouping: 'cause',
    })
  })

  test('are changed in what is named', async () => {
    await using it = await shop()
    it.server.on('GET /api/rules', (_seen, response) => json(response, { data: [RULE] }))
    it.server.on('PATCH /api/rules/7', (_seen, response) => json(response, { rule: RULE, secret: 'whsec_new' }))
    const { code, err, out } = await it.andon(['rules', 'change', 'Labels fail', '--name', 'Prints', '--new-secret'])
    expect(code, err).toBe(0)
    expect(out).toContain('Labels fail')
    expect(err).toContain('whsec_new')
    expect(JSON.parse(it.server.seen.at(-1)?.body ?? '')).toEqual({ name: 'Prints', new_secret: true })
    expect((await it.andon(['rules', 'change', '7'])).code).toBe(2)
    expect((await it.andon(['rules', 'change', 'nothing', '--name', 'x'])).code).toBe(3)
  })

  test('are tried out until it is known what became of the message', async () => {
    await using it = await shop()
    it.server.on('GET /api/rules', (_seen, response) => json(response, { data: [RULE] }))
    it.server.on('POST /api/rules/7/test', (_seen, response) =>
      json(response, { id: job().id, is_existing: false }, 201),
    )
    const states = [{ state: 'queued' }, { state: 'completed', summary: 'Delivered to x (204)' }] as object[]
    it.server.on(`GET /api/jobs/${job().id}`, (_seen, response) => json(response, { ...job(), ...states.shift() }))
    expect(await it.andon(['rules', 'test', '7'])).toMatchObject({ code: 0, out: 'Delivered to x (204)\n' })
    const error = { code: 'webhook_failed', message: 'status 503', hint: 'look', retryable: true }
    states.push({ state: 'pending', error }, { state: 'failed', error }, { state: 'completed' })
    expect(await it.andon(['rules', 'test', '7'])).toMatchObject({
      code: 5,
      err: expect.stringContaining('tried again'),
    })
    expect(await it.andon(['rules', 'test', '7'])).toMatchObject({ code: 5, err: expect.stringContaining('look') })
    expect((await it.andon(['rules', 'test', '7', '-o', 'json'])).out).toContain('"completed"')
  })
})

describe('alerts', () => {
  test('are listed and seen to', async () => {
    await using it = await shop()
    const seenTo = { ...ALERT, acknowledged_by: 'anna', acknowledged_at: '2026-11-22T08:01:00Z' }
    const over = { ...ALERT, id: '30', closed_at: '2026-11-22T08:01:00Z' }
    it.server.on('GET /api/alerts', (_seen, response) => json(response, { data: [ALERT, over], next_cursor: null }))
    it.server.on('POST /api/alerts/31/acknowledge', (_seen, response) => json(response, seenTo))
    it.server.on('POST /api/alerts/99/acknowledge', (_seen, response) =>
      refuse(response, 404, { code: 'alert_not_found' }),
    )
    const { out } = await it.andon(['rules', 'alerts', '--all'])
    expect(out).toMatch(/31\s+open\s+37\s+2 min ago\s+Orders failed\s+Paper is out/)
    expect(out).toMatch(/30\s+over/)
    await it.andon(['rules', 'alerts'])
    expect(it.server.seen.map(({ query }) => query.toString())).toEqual(['limit=100', 'limit=100&open=true'])
    const acknowledged = await it.andon(['rules', 'ack', '31', '99'])
    expect(acknowledged).toMatchObject({ code: 3, out: expect.stringContaining('seen to by anna') })
  })
})

describe('flags of a rule', () => {
  const mail = { mail: 'a@x.de, b@x.de' }

  test('become its condition, channel and quiet time', () => {
    const rate = { on: 'failure_rate', percent: '20%', window: '1h', queue: 'work', teams: 'https://x.de' }
    expect(ruleOf('r', rate)).toMatchObject({
      condition: { on: 'failure_rate', percent: 20, window_s: 3600, min_jobs: 10, queue: 'work' },
      channel: { kind: 'teams', url: 'https://x.de' },
    })
    expect(ruleOf('r', { ...rate, min: '3' }).condition).toMatchObject({ min_jobs: 3 })
    const quiet = { quiet: '0', quietHours: '22:00-06:00', zone: 'Europe/Berlin', group: 'each' }
    expect(ruleOf('r', { on: 'printer_down', over: '5m', ...mail, ...quiet })).toEqual({
      name: 'r',
      condition: { on: 'printer_down', over_s: 300 },
      channel: { kind: 'email', to: ['a@x.de', 'b@x.de'] },
      quiet: { minutes: 0, hours: { from: '22:00', to: '06:00', zone: 'Europe/Berlin' } },
      grouping: 'each',
    })
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(ruleOf('r', { on: 'worker_lost', ...mail, quietHours: '1-2' }).quiet?.hours?.zone).toBe(here)
    expect(ruleOf('r', { on: 'failures_in_row', count: '3', ...mail }).condition).toMatchObject({ count: 3 })
  })

  test('change just what they name', () => {
    const rate: RuleView = {
      ...RULE,
      condition: { on: 'failure_rate', type: 'a', percent: 20, window_s: 3600, min_jobs: 10 },
      quiet: { minutes: 5, hours: { from: '22:00', to: '06:00', zone: 'Europe/Berlin' } },
    }
    expect(ruleChangeOf(rate, { percent: '50%', min: '3' })).toEqual({
      condition: { on: 'failure_rate', type: 'a', percent: 50, window_s: 3600, min_jobs: 3 },
    })
    expect(ruleChangeOf(rate, { on: 'job_slow', over: '5m' })).toEqual({ condition: { on: 'job_slow', over_s: 300 } })
    expect(ruleChangeOf(rate, { quiet: '1h' }).quiet).toEqual({ minutes: 60, hours: rate.quiet.hours })
    expect(ruleChangeOf(rate, { quietHours: '20:00-07:00' }).quiet).toEqual({
      minutes: 5,
      hours: { from: '20:00', to: '07:00', zone: 'Europe/Berlin' },
    })
    expect(ruleChangeOf(rate, { quietHours: 'none' }).quiet).toEqual({ minutes: 5, hours: null })
    expect(ruleChangeOf(rate, { zone: 'UTC' }).quiet?.hours?.zone).toBe('UTC')
    expect(ruleChangeOf(rate, { group: 'each', ...mail })).toEqual({
      channel: { kind: 'email', to: ['a@x.de', 'b@x.de'] },
      grouping: 'each',
    })
    expect(() => ruleChangeOf(rate, { over: '5m' })).toThrow(/does not take --over/)
    expect(() => ruleChangeOf(rate, {})).toThrow(/what to change/)
  })

  test.each([
    [{ on: 'full_moon', ...mail }, /--on does not know/],
    [{ on: 'job_slow', ...mail }, /needs --over/],
    [{ on: 'worker_lost', type: 'x', ...mail }, /does not take --type/],
    [{ on: 'job_slow', over: 'long', ...mail }, /--over is "long"/],
    [{ on: 'failures_in_row', count: 'three', ...mail }, /--count is "three"/],
    [{ on: 'worker_lost' }, /Say how to tell/],
    [{ on: 'worker_lost', ...mail, slack: 'https://x.de' }, /one channel/],
    [{ on: 'worker_lost', ...mail, quietHours: 'night' }, /--quiet-hours is "night"/],
    [{ on: 'worker_lost', ...mail, group: 'some' }, /--group does not know/],
  ])('that do not fit (%j) are refused', (flags, message) => {
    expect(() => ruleOf('r', flags)).toThrow(message)
  })
})

describe('retention', () => {
  const [general, failed] = DEFAULT_RETENTION
  const view = {
    rules: [
      { ...failed, words: '' },
      { ...general, words: '' },
    ],
    last_cleanup: null,
  }
  const forecast: RetentionForecast = { rules: [{ artifacts: 0, deleted: 3 }], months: ['202606'], is_complete: true }

  test('is listed, and says what the last cleanup did', async () => {
    await using it = await shop()
    const last = { job_id: job().id, finished_at: '2026-11-22T02:00:00Z', summary: '2 jobs were cleaned' }
    it.server.on('GET /api/retention', (_seen, response) => json(response, { ...view, last_cleanup: last }))
    const { err, out } = await it.andon(['retention', 'list'])
    expect(out).toMatch(/\*\s+failed\s+90\s+archive\s+7 days\n\*\s+any\s+90\s+archive\s+as long as the job/)
    expect(err).toContain('2 jobs were cleaned')
  })

  test('is set and removed after a dry run, and only when somebody agrees', async () => {
    await using it = await shop()
    it.server.on('GET /api/retention', (_seen, response) => json(response, view))
    it.server.on('PUT /api/retention', ({ body }, response) =>
      json(response, JSON.parse(body).dry_run === true ? forecast : view),
    )
    const set = ['retention', 'set', 'print.*', '--keep', '30d', '--after', 'delete']
    const dry = await it.andon([...set, '--dry-run'])
    expect(dry.err).toContain('3 jobs would be deleted, 1 month would be archived')
    expect((await it.andon(set, { answers: ['n'] })).code).toBe(1)
    const sent = () => it.server.seen.filter(({ method }) => method === 'PUT').map(({ body }) => JSON.parse(body))
    expect(sent().every((body) => body.dry_run === true)).toBe(true)
    expect((await it.andon([...set, '-y'])).code).toBe(0)
    const rule = { type: 'print.*', state: null, keep_days: 30, after: 'delete', artifact_days: null }
    expect(sent().at(-1)).toEqual({ rules: [failed, general, rule] })
    await it.andon(['retention', 'set', '*', '--state', 'failed', '--artifacts', '14', '-y'])
    expect(sent().at(-1)).toEqual({ rules: [general, { ...failed, artifact_days: 14 }] })
    await it.andon(['retention', 'set', '*', '--state', 'failed', '--artifacts', 'keep', '-y'])
    expect(sent().at(-1)).toEqual({ rules: [general, { ...failed, artifact_days: null }] })
    await it.andon(['retention', 'rm', '*', '--state', 'failed', '-y'])
    expect(sent().at(-1)).toEqual({ rules: [general] })
    expect((await it.andon(['retention', 'rm', 'print.*', '-y'])).code).toBe(2)
    expect((await it.andon(['retention', 'set', '*', '--keep', 'long'])).err).toContain('--keep is "long"')
  })

  test('is carried out at once, and months are moved, by jobs that are followed', async () => {
    await using it = await shop()
    const months: MonthView[] = [
      { month: '202607', is_archived: false, jobs: 9, size_bytes: 1_048_576, restored: null },
      { month: '202606', is_archived: true, jobs: null, size_bytes: 0, restored: null },
      {
        month: '202605',
        is_archived: false,
        jobs: 7,
        size_bytes: 0,
        restored: { at: '2026-11-22T08:00:00Z', by: 'anna' },
      },
    ]
    it.server.on('GET /api/history', (_seen, response) => json(response, { data: months }))
    const made = { id: job().id, is_existing: false }
    for (const path of ['/api/retention/run', '/api/history/202606/restore', '/api/history/202605/archive']) {
      it.server.on(`POST ${path}`, (_seen, response) => json(response, made, 201))
    }
    const { out } = await it.andon(['history', 'list'])
    expect(out).toMatch(/2026-07\s+lists\s+9\s+1\.0 MB/)
    expect(out).toMatch(/2026-06\s+archive/)
    expect(out).toContain('brought back by anna')
    expect((await it.andon(['retention', 'run', '--detach'])).out).toContain(made.id)
    expect((await it.andon(['history', 'restore', '2026-06', '--detach'])).out).toContain(made.id)
    expect((await it.andon(['history', 'archive', '202605', '--detach'])).code).toBe(0)
    expect((await it.andon(['history', 'archive', 'June'])).err).toContain('"June" is no month')
  })

  test('goes for good from the archive, after a question, and says why not', async () => {
    await using it = await shop()
    const made = { id: job().id, is_existing: false }
    it.server.on('DELETE /api/history/202606', (_seen, response) => json(response, made, 201))
    const there = {
      code: 'state_conflict',
      title: 'x',
      detail: 'July 2026 is not in the archive',
      hint: 'Archive it first.',
    }
    it.server.on('DELETE /api/history/202607', (_seen, response) => json(response, there, 409))
    const command = ['history', 'delete', '2026-06', '--detach']
    expect((await it.andon(command, { answers: ['n'] })).code).toBe(1)
    expect(it.server.seen).toEqual([])
    expect((await it.andon(command)).code).toBe(2)
    expect((await it.andon([...command, '-y'])).out).toContain(made.id)
    const kept = await it.andon(['history', 'delete', '2026-07', '-y'])
    expect(kept).toMatchObject({ code: 8 })
    expect(kept.err).toContain('July 2026 is not in the archive')
  })
})
