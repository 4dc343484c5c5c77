import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Value } from 'typebox/value'
import {
  alertMessage,
  CHANNEL_KINDS,
  CONDITION_KINDS,
  conditionWords,
  deliveryKind,
  type EndedGroup,
  type EndedJob,
  endedFindings,
  endsMatch,
  escapeHtml,
  type Finding,
  groupFindings,
  GROUPINGS,
  isAbout,
  isQuietHour,
  isRateOver,
  isTimeZone,
  mailContent,
  matchesPattern,
  type Occurrence,
  plainLine,
  printerFinding,
  rateFinding,
  type RuleChannel,
  RuleCondition,
  scheduleFinding,
  shownTarget,
  slackPayload,
  slowFinding,
  stationFinding,
  streakFinding,
  teamsPayload,
  testMessage,
  waitingFinding,
  webhookPayload,
  workerFinding,
} from '../src/index.ts'

const JOB: EndedJob = {
  id: '019ac1f0-6b1c-7c31-9d5a-0f2e4b6a8c10',
  type: 'export.data',
  description: 'Orders of May',
  account_id: 7,
  summary: '12 files',
  error: { code: 'disk_full', message: 'No space left', hint: 'Make room.' },
}
const GROUP: EndedGroup = {
  type: 'export.data',
  queue: 'exports',
  tags: { shop: 'north' },
  state: 'failed',
  fingerprint: 'disk_full.1',
  count: 3,
}
const AT = new Date('2026-05-04T10:00:00Z')
const OCCURRENCE: Occurrence = {
  level: 'error',
  title: 'Orders of May failed',
  what: 'No space left',
  hint: 'Make room.',
  path: `/jobs/${JOB.id}`,
  job: JOB,
}
const RULE = { name: 'Exports', watches: 'a job fails' }
const MESSAGE = alertMessage({ rule: RULE, occurrence: OCCURRENCE, times: 1, since: AT, at: AT })
const URL = 'https://andon.example.com/jobs/1?a=1&b="2"'

describe('which jobs a rule is about', () => {
  const words = fc.stringMatching(/^[a-c.]{0,6}$/)

  test('a pattern fits what a regular expression made of it fits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-c.*]{0,6}$/), words, (pattern, word) => {
        const source = pattern.replaceAll('.', '[.]').replaceAll('*', '.*')
        expect(matchesPattern(pattern, word)).toBe(new RegExp(`^${source}$`, 's').test(word))
      }),
    )
  })

  test('a filter says type, queue and tag, and each has to fit', () => {
    expect(isAbout({}, GROUP)).toBe(true)
    expect(isAbout({ type: 'export.*', queue: 'exports', tag: 'shop=north' }, GROUP)).toBe(true)
    expect(isAbout({ type: 'print.*' }, GROUP)).toBe(false)
    expect(isAbout({ queue: 'other' }, GROUP)).toBe(false)
    expect(isAbout({ tag: 'shop' }, GROUP)).toBe(true)
    expect(isAbout({ tag: 'shop=south' }, GROUP)).toBe(false)
    expect(isAbout({ tag: 'toString' }, GROUP)).toBe(false)
    expect(isAbout({ tag: 'shop' }, { ...GROUP, tags: null })).toBe(false)
  })

  test('what completed with errors both failed and completed', () => {
    const states = ['completed', 'completed_with_errors', 'failed'] as const
    const matching = (on: 'job_failed' | 'job_completed') =>
      states.filter((state) => endsMatch({ on }, { ...GROUP, state }))
    expect(matching('job_failed')).toEqual(['completed_with_errors', 'failed'])
    expect(matching('job_completed')).toEqual(['completed', 'completed_with_errors'])
    expect(endsMatch({ on: 'worker_lost' }, GROUP)).toBe(false)
  })
})

describe('what is equal', () => {
  test('failures are, of one type and cause', () => {
    const [found] = endedFindings('cause', GROUP, [JOB])
    expect(found).toMatchObject({ key: 'export.data disk_full.1', count: 3 })
    expect(found?.occurrence).toEqual({
      level: 'error',
      title: 'Orders of May failed',
      what: 'No space left',
      hint: 'Make room.',
      path: `/jobs/${JOB.id}`,
      job: { id: JOB.id, type: 'export.data', description: 'Orders of May', account_id: 7 },
    })
    const unknown = endedFindings('cause', { ...GROUP, fingerprint: null }, [JOB])
    expect(unknown[0]?.key).toBe('export.data failed')
  })

  test('completions are, of one type, and say what came of them', () => {
    const [found] = endedFindings('cause', { ...GROUP, state: 'completed' }, [{ ...JOB, error: null }])
    expect(found).toMatchObject({ key: 'export.data', occurrence: { level: 'success', what: '12 files', hint: null } })
    const plain = { ...JOB, description: null, summary: null, error: null }
    const [bare] = endedFindings('cause', { ...GROUP, state: 'completed' }, [plain])
    expect(bare?.occurrence).toMatchObject({ title: 'export.data completed', what: null })
    const [partly] = endedFindings('cause', { ...GROUP, state: 'completed_with_errors' }, [JOB])
    expect(partly?.occurrence).toMatchObject({ level: 'warning', what: '12 files', hint: 'Make room.' })
    const [silent] = endedFindings('cause', { ...GROUP, state: 'completed_with_errors' }, [{ ...JOB, summary: null }])
    expect(silent?.occurrence.what).toBe('No space left')
    const [wordless] = endedFindings('cause', GROUP, [{ ...JOB, error: null }])
    expect(wordless?.occurrence).toMatchObject({ what: '12 files', hint: null })
  })

  test('all of a rule, or none, as it is grouped', () => {
    expect(endedFindings('rule', GROUP, [JOB]).map(({ key, count }) => [key, count])).toEqual([['', 3]])
    const two = [JOB, { ...JOB, id: 'b' }]
    expect(endedFindings('each', { ...GROUP, count: 2 }, two).map(({ key, count }) => [key, count])).toEqual([
      [JOB.id, 1],
      ['b', 1],
    ])
    expect(endedFindings('each', { ...GROUP, count: 5 }, two).at(-1)).toMatchObject({ key: 'export.data', count: 3 })
    expect(endedFindings('cause', GROUP, [])).toEqual([])
  })

  test('grouping loses no occurrence, and one key is one finding', () => {
    const findings = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), count: fc.integer({ min: 1, max: 9 }) }))
    fc.assert(
      fc.property(findings, fc.constantFrom(...GROUPINGS), (given, grouping) => {
        const all: Finding[] = given.map((one) => ({ ...one, occurrence: OCCURRENCE }))
        const grouped = groupFindings(grouping, all)
        const sum = (some: readonly { count: number }[]) => some.reduce((total, { count }) => total + count, 0)
        expect(sum(grouped)).toBe(sum(all))
        expect(new Set(grouped.map(({ key }) => key)).size).toBe(grouped.length)
        if (grouping === 'rule') expect(grouped.length).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('quiet hours', () => {
  const minutes = fc.integer({ min: 0, max: 1_439 })
  const clock = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

  test('run from a time to another, over midnight when the second is earlier; the second is not in them', () => {
    fc.assert(
      fc.property(minutes, minutes, minutes, (from, to, now) => {
        const hours = { from: clock(from), to: clock(to), zone: 'UTC' }
        const passed = (now - from + 1_440) % 1_440
        const length = (to - from + 1_440) % 1_440
        expect(isQuietHour(hours, now * 60_000)).toBe(passed < length)
      }),
    )
  })

  test('are those of the zone', () => {
    const hours = { from: '22:00', to: '06:00', zone: 'Europe/Berlin' }
    expect(isQuietHour(hours, Date.parse('2026-07-01T20:30:00Z'))).toBe(true)
    expect(isQuietHour(hours, Date.parse('2026-01-01T20:30:00Z'))).toBe(false)
    expect(isTimeZone('Europe/Berlin')).toBe(true)
    expect(isTimeZone('Mars/Olympus')).toBe(false)
  })
})

const CONDITIONS: readonly RuleCondition[] = [
  { on: 'job_failed', type: 'export.*', queue: 'exports', tag: 'shop' },
  { on: 'job_completed' },
  { on: 'job_slow', type: 'print.label', over_s: 600 },
  { on: 'queue_waiting', over_s: 60 },
  { on: 'queue_waiting', queue: 'exports', over_s: 60 },
  { on: 'failure_rate', type: 'print.*', percent: 20, window_s: 3600, min_jobs: 10 },
  { on: 'failure_rate', percent: 20, window_s: 3600, min_jobs: 10 },
  { on: 'failures_in_row', count: 3 },
  { on: 'failures_in_row', type: 'a.b', count: 3 },
  { on: 'printer_down' },
  { on: 'printer_down', printer: 'Zebra', over_s: 0 },
  { on: 'station_down' },
  { on: 'station_down', station: 'Desk' },
  { on: 'worker_lost' },
  { on: 'worker_lost', worker: 'w1' },
  { on: 'schedule_missed' },
  { on: 'schedule_missed', schedule: 'nightly' },
]

test('every condition has words and is one that the API takes', () => {
  expect(new Set(CONDITIONS.map(({ on }) => on))).toEqual(new Set(CONDITION_KINDS))
  for (const condition of CONDITIONS) expect(Value.Check(RuleCondition, condition), condition.on).toBe(true)
  expect(CONDITIONS.map(conditionWords)).toEqual([
    'an export.* job in exports with the tag shop fails',
    'a job completes',
    'a print.label job runs longer than 10 min',
    'the oldest job of any queue waits longer than 1 min',
    'the oldest job of exports waits longer than 1 min',
    'more than 20 % fail of at least 10 print.* jobs that ended within 1 h',
    'more than 20 % fail of at least 10 jobs that ended within 1 h',
    '3 jobs of one type fail in a row',
    '3 jobs of a.b fail in a row',
    'a printer is down for 1 min',
    'Zebra is down',
    'a station is down',
    'station Desk is down',
    'a worker is lost',
    'worker w1 is lost',
    'a schedule misses its time',
    'schedule nightly misses its time',
  ])
})

describe('what holds for a time', () => {
  test('is told with what to do', () => {
    const slow = slowFinding({ on: 'job_slow', over_s: 60 }, { ...JOB, description: null }, 90_000)
    expect(slow).toMatchObject({ key: JOB.id, occurrence: { title: 'export.data runs longer than 1 min' } })
    const queue = { name: 'exports', kind: 'queue', waitMs: 61_000, isPaused: true } as const
    expect(waitingFinding(queue).occurrence).toMatchObject({
      what: 'The oldest has been waiting for 1 min 1 s. It is paused.',
      path: '/jobs?q=queue%3A%22exports%22',
    })
    expect(waitingFinding({ ...queue, name: 'Zebra 1', kind: 'printer', isPaused: false }).occurrence).toMatchObject({
      path: '/printers/Zebra%201',
      hint: expect.stringMatching(/worker or printer/),
    })
    expect(streakFinding('a.b', 3, JOB).occurrence).toMatchObject({
      title: '3 jobs of a.b failed in a row',
      hint: 'Make room.',
    })
    expect(streakFinding('a.b', 3, { ...JOB, error: null }).occurrence).toMatchObject({ what: null, hint: null })
    expect(workerFinding('w1')).toMatchObject({ key: 'w1' })
    expect(scheduleFinding('nightly')).toMatchObject({ key: 'nightly' })
  })

  test('a printer says how many wait for it', () => {
    const printer = {
      name: 'Zebra',
      title: 'Paper is out',
      what: 'The roll is empty.',
      step: 'Put in a roll.',
      waiting: 2,
    }
    expect(printerFinding(printer).occurrence.what).toBe('The roll is empty. 2 jobs wait.')
    expect(printerFinding({ ...printer, what: null, waiting: 1 }).occurrence.what).toBe('1 job waits.')
    expect(printerFinding({ ...printer, what: null, waiting: 0 }).occurrence.what).toBeNull()
  })

  test('a station says since when it is not heard of, or what its QZ Tray says', () => {
    const station = { name: 'Desk', lostAtMs: 0, message: 'blocked', nowMs: 180_000 }
    expect(stationFinding(station).occurrence.what).toBe('It was last heard 3 min ago.')
    expect(stationFinding({ ...station, lostAtMs: null }).occurrence).toMatchObject({ what: 'blocked' })
  })

  test('a rate is over when more of enough jobs failed', () => {
    const condition = { on: 'failure_rate', percent: 20, window_s: 3600, min_jobs: 10 } as const
    fc.assert(
      fc.property(fc.nat({ max: 100 }), fc.nat({ max: 100 }), (ended, part) => {
        const failed = Math.min(ended, part)
        expect(isRateOver(condition, ended, failed)).toBe(ended >= 10 && failed / ended > 0.2)
      }),
    )
    expect(rateFinding(condition, 10, 3).occurrence.title).toBe('30 % of all jobs failed')
    expect(rateFinding({ ...condition, type: 'a.*' }, 10, 3).occurrence.path).toContain('type%3Aa.*')
  })
})

describe('messages', () => {
  test('say how often it happened, and are cut where they are too long', () => {
    const long = { ...OCCURRENCE, title: 'x'.repeat(500), what: '🙂'.repeat(2_000), hint: null, job: null }
    const message = alertMessage({ rule: RULE, occurrence: long, times: 37, since: AT, at: AT })
    expect(message.title).toMatch(/^x{195}… ×37$/)
    expect(message.what).toMatch(/^(🙂)+…$/u)
    expect(message.what?.length).toBeLessThanOrEqual(2_000)
    expect(message.job).toBeNull()
    expect(MESSAGE).toMatchObject({ title: 'Orders of May failed', job: { id: JOB.id, type: 'export.data' } })
    expect(MESSAGE.job).not.toHaveProperty('account_id')
    expect(
      alertMessage({ rule: RULE, occurrence: { ...OCCURRENCE, what: null }, times: 1, since: AT, at: AT }).what,
    ).toBeNull()
  })

  test('of a test say who sent it', () => {
    expect(testMessage(RULE, 'anna', AT)).toMatchObject({ title: 'Test of the rule “Exports”', path: '/alerts' })
  })

  test('are signed webhooks of the convention', () => {
    const payload = webhookPayload({ message: MESSAGE, url: URL }, { isTest: false, alertId: '9' })
    expect(payload).toMatchObject({
      type: 'alert',
      timestamp: AT.toISOString(),
      data: { alert_id: '9', title: 'Orders of May failed', url: URL, rule: 'Exports' },
    })
    expect(payload.data).not.toHaveProperty('path')
    expect(webhookPayload({ message: MESSAGE, url: URL }, { isTest: true, alertId: null }).type).toBe('test')
    const over = webhookPayload({ message: MESSAGE, url: URL }, { isTest: false, isOver: true, alertId: '9' })
    expect(over).toMatchObject({ type: 'well_again', data: { alert_id: '9' } })
  })

  test('are text for Slack, whatever is in them', () => {
    const message = { ...MESSAGE, title: '<!channel> & <https://evil|here>' }
    const body = JSON.stringify(slackPayload({ message, url: URL }))
    expect(body).toContain('&lt;!channel&gt; &amp; &lt;https://evil|here&gt;')
    expect(body).not.toMatch(/<[^>]*>/)
    expect(slackPayload({ message: { ...MESSAGE, what: null, hint: null }, url: URL })).toMatchObject({
      attachments: [{ text: '', title: 'See the job', title_link: URL }],
    })
  })

  test('are runs of text for Teams', () => {
    const card = teamsPayload({ message: { ...MESSAGE, what: '[a](b)', job: null, path: '/printers/Z' }, url: URL })
    expect(JSON.stringify(card)).toContain('{"type":"TextRun","text":"[a](b)"}')
    expect(card).toMatchObject({ attachments: [{ content: { actions: [{ title: 'See the printer', url: URL }] } }] })
  })

  test('are mail as text and as HTML that holds nothing but text', () => {
    const message = {
      ...MESSAGE,
      title: 'a\r\nBcc: x <b>',
      what: '<img src=x>\n"',
      times: 2,
      job: null,
      path: '/alerts',
    }
    const mail = mailContent({ message, url: URL })
    expect(mail.subject).toBe('a Bcc: x <b>')
    expect(mail.html).toContain('&lt;img src=x&gt;<br>&quot;')
    expect(mail.html).toContain('href="https://andon.example.com/jobs/1?a=1&amp;b=&quot;2&quot;"')
    expect(mail.text).toContain(`See it in Andon: ${URL}`)
    expect(mail.text).toContain('2 times from')
  })

  test('HTML is escaped so that no tag and no attribute ends in it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/)
      }),
    )
  })

  test('a line has nothing that steers', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        expect(plainLine(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u)
      }),
    )
  })
})

describe('where a rule tells', () => {
  test('is shown without what is secret of it', () => {
    const shown = (channel: RuleChannel) => shownTarget(channel)
    expect(shown({ kind: 'email', to: ['a@x.de', 'b@x.de'] })).toBe('a@x.de, b@x.de')
    expect(shown({ kind: 'webhook', url: 'https://x.de/in/1' })).toBe('https://x.de/in/1')
    expect(shown({ kind: 'webhook', url: 'https://x.de/in?key=s3cret' })).toBe('https://x.de/in?…')
    expect(shown({ kind: 'slack', url: 'https://hooks.slack.com/services/T/B/s3cret' })).toBe(
      'https://hooks.slack.com/…',
    )
    expect(shown({ kind: 'teams', url: 'nonsense' })).toBe('/…')
  })

  test('is by mail or over HTTP', () => {
    expect(CHANNEL_KINDS.map(deliveryKind)).toEqual(['email', 'webhook', 'webhook', 'webhook'])
  })
})
