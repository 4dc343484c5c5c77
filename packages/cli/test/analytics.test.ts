import { describe, expect, test } from 'vitest'
import { json, refuse, shop } from './world.ts'

const PERIOD = { since: '2026-11-15T08:02:00Z', until: '2026-11-22T08:02:00Z', starts: [] }
const CUT = { bucket: 'day', zone: 'UTC', by: 'printer' }
const NOTHING = { jobs: 0, p50_s: null, p95_s: null }

/** What the server answers to each set of figures. */
const ANSWERS: Record<string, object> = {
  throughput: {
    ...CUT,
    current: {
      ...PERIOD,
      groups: [
        { name: 'Label 01', jobs: 12, labels: 2400 },
        { name: null, jobs: 1, labels: 0 },
      ],
    },
    previous: { ...PERIOD, groups: [{ name: 'Label 01', jobs: 9, labels: 1800 }] },
  },
  failures: {
    ...CUT,
    current: {
      ...PERIOD,
      groups: [{ name: 'Label 01', jobs: 12, failed: 3, rate: 0.25 }],
      reasons: [{ code: 'printer_offline', title: 'The printer is offline', jobs: 3 }],
    },
    previous: { ...PERIOD, groups: [], reasons: [] },
  },
  waits: {
    ...CUT,
    current: {
      ...PERIOD,
      groups: [{ name: 'Label 01', waiting: { jobs: 12, p50_s: 65, p95_s: 200 }, running: NOTHING }],
    },
    previous: { ...PERIOD, groups: [] },
  },
  reprints: {
    ...CUT,
    current: { ...PERIOD, groups: [{ name: 'Label 01', jobs: 12, reprints: 2, labels: 30, rate: 1 / 6 }] },
    previous: { ...PERIOD, groups: [] },
  },
  availability: {
    current: {
      ...PERIOD,
      printers: [
        {
          name: 'Label 01',
          available: 0.975,
          seconds: { idle: 1, processing: 1, stopped: 3_600, offline: 600, unknown: 0 },
          stopped: [{ reason: 'media-empty', title: 'Out of paper', seconds: 3_600 }],
        },
      ],
    },
    previous: { ...PERIOD, printers: [] },
  },
  media: {
    current: { ...PERIOD, media: [{ media: null, jobs: 12, labels: 2400, sheets: 4800 }] },
    previous: { ...PERIOD, media: [] },
  },
}

async function desk() {
  const it = await shop()
  for (const [name, answer] of Object.entries(ANSWERS)) {
    it.server.on(`GET /api/analytics/${name}`, (_seen, response) => json(response, answer))
  }
  return it
}

describe('analytics', () => {
  test.each([
    ['throughput', /Label 01 +2,400 +1,800 +12 +9\n\(none\) +0 +0 +1 +0/],
    ['failures', /Label 01 +3 +12 +25\.0 %/],
    ['reasons', /printer_offline +3 +0 +The printer is offline/],
    ['waits', /Label 01 +12 +1 min 5 s +3 min 20 s/],
    ['reprints', /Label 01 +2 +30 +12 +16\.7 %/],
    ['availability', /Label 01 +97\.5 % +1 h 10 min +Out of paper/],
    ['media', /\(none\) +4,800 +0 +2,400 +12/],
  ])('%s are rows with those of the period before', async (name, rows) => {
    await using it = await desk()
    const { code, out } = await it.andon(['analytics', name])
    expect(out).toMatch(rows)
    expect(code).toBe(0)
  })

  test('asks for the period and the jobs that were named, and prints JSON and CSV', async () => {
    await using it = await desk()
    const flags = ['--since', '30d', '--until', '2026-11-20', '--by', 'user', '--type', 'print.*', '--user', 'erp']
    await it.andon(['analytics', 'throughput', ...flags, '--printer', 'Label 01'])
    expect(Object.fromEntries(it.server.seen.at(-1)?.query ?? [])).toEqual({
      since: '2026-10-23T08:02:00.000Z',
      until: '2026-11-20T00:00:00.000Z',
      by: 'user',
      type: 'print.*',
      user: 'erp',
      printer: 'Label 01',
    })
    const csv = await it.andon(['analytics', 'waits', '-o', 'csv'])
    expect(csv.out.split('\r\n')[1]).toBe('Label 01,12,65,200,,')
    const parsed: unknown = JSON.parse((await it.andon(['analytics', 'media', '-o', 'json'])).out)
    expect(parsed).toEqual([{ name: null, sheets: 4800, sheets_before: 0, labels: 2400, jobs: 12 }])
  })

  test('refuses what it does not understand, and passes on what the server refuses', async () => {
    await using it = await desk()
    for (const flags of [
      ['--since', 'yesterday'],
      ['--until', '31.12.'],
      ['--by', 'colour'],
    ]) {
      expect((await it.andon(['analytics', 'waits', ...flags])).code).toBe(2)
    }
    it.server.on('GET /api/analytics/waits', (_seen, response) =>
      refuse(response, 400, { code: 'validation_failed', detail: 'The period has 400 days', field: 'since' }),
    )
    const refused = await it.andon(['analytics', 'waits', '--since', '400d'])
    expect(refused.code).not.toBe(0)
    expect(refused.err).toContain('The period has 400 days')
  })
})
