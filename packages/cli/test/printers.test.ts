import { describe, expect, test } from 'vitest'
import { idOf, job, json, printer, printerWithoutPaper, shop } from './world.ts'

describe('printers', () => {
  test('are listed with what is the matter', async () => {
    await using it = await shop()
    const busy = printer({ name: 'Badge 01', current_job: job(), state: 'processing' })
    const paused = printer({
      name: 'Old',
      status_text: 'Paused',
      pause: { at: '2026-11-22T08:00:00Z', by: 'anna', reason: 'moved', until: null, is_by_trouble: false },
    })
    it.server.on('GET /api/printers', (_seen, response) =>
      json(response, { data: [busy, printerWithoutPaper(), paused] }),
    )
    const { out } = await it.andon([
      'printers',
      'list',
      '--columns',
      'name,status_text,reason,current_job,jobs_waiting',
    ])
    expect(out.split('\n')).toEqual([
      'NAME      STATUS             REASON        NOW                  WAITING',
      'Badge 01  ● Online                         MO-8235, 150 of 200        2',
      'Zebra     ● Needs attention  Paper is out                             2',
      'Old       ‖ Paused           moved                                    2',
      '',
    ])
  })

  test('are asked now, and say what to do', async () => {
    await using it = await shop()
    it.server.on('POST /api/printers/Zebra/status', (_seen, response) => json(response, printerWithoutPaper()))
    const { out } = await it.andon(['printers', 'status', 'Zebra'])
    expect(out).toContain('● Needs attention  Zebra since 1 min ago')
    expect(out).toContain('    2. Put in a new roll.')
    expect(out).toContain('supplies    ribbon 40 %')
  })

  test('say each change while they are watched', async () => {
    await using it = await shop()
    it.server.on('POST /api/printers/Zebra/status', (_seen, response) => json(response, printer()))
    it.server.on('GET /api/printers', (_seen, response) =>
      json(response, { data: [printerWithoutPaper(), printer({ name: 'Other' })] }),
    )
    const stop = new AbortController()
    const { code, out } = await it.andon(['printers', 'status', 'Zebra', '--watch'], {
      interrupt: stop.signal,
      onText: (text) => text.includes('Paper is out') && stop.abort(),
    })
    expect(code).toBe(130)
    expect(out).not.toContain('Other')
  })

  test('are added by their address', async () => {
    await using it = await shop()
    it.server.on('POST /api/printers', (_seen, response) => json(response, printer(), 201))
    await it.andon([
      'printers',
      'add',
      'Zebra',
      'socket://10.0.0.7:9100',
      '--kind',
      'label',
      '--pool',
      'labels',
      '--location',
      'Hall 2',
      '--failover-to',
      'Spare',
      '--failover-after',
      '10m',
      '--unchecked',
    ])
    await it.andon(['printers', 'add', 'Zebra', 'x', '--driver', 'http'])
    expect(it.server.seen.map((seen) => JSON.parse(seen.body))).toEqual([
      {
        name: 'Zebra',
        uri: 'socket://10.0.0.7:9100',
        driver: 'raw',
        kind: 'label',
        pool: 'labels',
        location: 'Hall 2',
        failover_to: 'Spare',
        failover_after: 600,
        is_unchecked: true,
      },
      { name: 'Zebra', uri: 'x', driver: 'http' },
    ])
    expect((await it.andon(['printers', 'add', 'a', '10.0.0.7'])).code).toBe(2)
    expect((await it.andon(['printers', 'add', 'a', 'ipp://x', '--kind', 'pen'])).code).toBe(2)
  })

  test('are changed', async () => {
    await using it = await shop()
    const changed = printer({ failover_to: 'Spare', failover_after: 90 })
    it.server.on('PATCH /api/printers/Zebra', (_seen, response) => json(response, changed))
    it.server.on('POST /api/printers/Zebra/status', (_seen, response) => json(response, changed))
    await it.andon(['printers', 'set', 'Zebra', '--failover-to', 'Spare', '--failover-after', '90s'])
    await it.andon(['printers', 'set', 'Zebra', '--no-failover', '--location', 'Hall 3'])
    const place = ['--name', 'Eve', '--uri', 'socket://x', '--pool', 'labels', '--station', 'Desk']
    await it.andon(['printers', 'set', 'Zebra', ...place])
    expect(it.server.seen.map((seen) => JSON.parse(seen.body))).toEqual([
      { failover_to: 'Spare', failover_after: 90 },
      { location: 'Hall 3', failover_to: null },
      { name: 'Eve', pool: 'labels', station: 'Desk', uri: 'socket://x' },
    ])
    expect((await it.andon(['printers', 'status', 'Zebra'])).out).toContain('failover    to Spare after 1 min 30 s')
    expect((await it.andon(['printers', 'set', 'Zebra'])).code).toBe(2)
    expect((await it.andon(['printers', 'set', 'Zebra', '--failover-after', 'soon'])).code).toBe(2)
  })

  test('are found', async () => {
    await using it = await shop()
    const found = {
      name: 'Eve Q',
      uri: 'ipp://h/p',
      driver: 'ipp',
      model: 'M',
      location: null,
      device_uri: null,
      added_as: null,
      warning: null,
    }
    it.server.on('GET /api/printers/discover', (_seen, response) => json(response, { data: [found] }))
    const { err, out } = await it.andon(['printers', 'discover', '--cups', 'ipp://c:631'])
    expect(out).toContain('Eve Q')
    expect(err).toBe("Add one with: andon printers add 'Eve Q' ipp://h/p\n")
    expect(it.server.seen[0]?.query.get('cups')).toBe('ipp://c:631')
  })

  test('are paused, resumed, tried, looked over and removed', async () => {
    await using it = await shop()
    it.server.on('POST /api/printers/Zebra/pause', (_seen, response) => json(response, printer()))
    it.server.on('POST /api/printers/Zebra/resume', (_seen, response) => json(response, printer()))
    it.server.on('POST /api/printers/Zebra/test', (_seen, response) =>
      json(response, { id: idOf(1), is_existing: false }, 201),
    )
    it.server.on('DELETE /api/printers/Zebra', (_seen, response) => response.writeHead(204).end())
    it.server.on('POST /api/printers/Zebra/diagnose', (_seen, response) =>
      json(response, {
        checks: [
          {
            name: 'connection',
            status: 'error',
            reason: 'unreachable',
            title: 'Printer cannot be reached',
            detail: 'no answer',
            steps: ['Check its cable.'],
          },
        ],
        protocol: { name: 'IPP', version: '2.0' },
        round_trip_ms: 12.5,
        events: [],
        test_page: { is_offered: false, why_not: 'Printer cannot be reached' },
      }),
    )
    expect((await it.andon(['printers', 'pause', 'Zebra', '--reason', 'lunch', '--until', '30m'])).code).toBe(0)
    expect(JSON.parse(it.server.seen[0]?.body ?? '')).toEqual({ reason: 'lunch', until: '2026-11-22T08:32:00.000Z' })
    expect((await it.andon(['printers', 'pause', 'Zebra', '--until', 'soon'])).code).toBe(2)
    expect((await it.andon(['printers', 'resume', 'Zebra'])).code).toBe(0)
    expect((await it.andon(['printers', 'test', 'Zebra', '-q'])).out).toBe(`${idOf(1)}\n`)
    const diagnosis = await it.andon(['printers', 'diagnose', 'Zebra'])
    expect(diagnosis.code).toBe(1)
    expect(diagnosis.out).toContain('✗  connection  no answer')
    expect(diagnosis.err).toContain('Printer cannot be reached. What to do:\n  1. Check its cable.')
    expect(diagnosis.err).toContain('It speaks IPP 2.0, answered in 12.5 ms.')
    expect((await it.andon(['printers', 'remove', 'Zebra'])).code).toBe(2)
    expect((await it.andon(['printers', 'rm', 'Zebra', '--yes'])).err).toBe('Removed Zebra.\n')
  })
})

describe('queues, pools and workers', () => {
  const queue = {
    name: 'default',
    kind: 'queue',
    slots: 10,
    depth_limit: null,
    rate_limit: 100,
    rate_per_ms: 60_000,
    is_draining: false,
    pause: { at: '2026-11-22T08:00:00Z', by: 'anna', reason: 'update', until: null, is_by_trouble: false },
    pending: 1,
    queued: 2,
    running: 3,
    oldest_wait_s: 65,
    waits: [{ reason: 'paused', text: 'Paused by anna: update.', advice: 'Resume it.' }],
  }

  test('queues are listed, paused and limited', async () => {
    await using it = await shop()
    it.server.on('GET /api/queues', (_seen, response) => json(response, { data: [queue] }))
    for (const action of ['pause', 'resume', 'drain', 'limits']) {
      it.server.on(`POST /api/queues/default/${action}`, (_seen, response) => json(response, { ...queue, pause: null }))
    }
    const list = await it.andon(['queues', 'list'])
    expect(list.out).toContain(
      'default  queue  paused: update        3       2        1    1 min 5 s     10         100 in 1 min',
    )
    const waiting = [{ reason: 'no_worker', text: 'No worker runs report.pdf.', advice: 'Start one.' }]
    it.server.on('GET /api/queues', (_seen, response) =>
      json(response, { data: [{ ...queue, pause: null, waits: waiting }] }),
    )
    expect((await it.andon(['queues', 'list'], { columns: 160 })).out).toContain('No worker runs report.pdf.')
    it.server.seen.splice(1)
    await it.andon(['queues', 'limits', 'default', '--slots', '4', '--depth', 'none', '--rate', '5/1s'])
    await it.andon(['queues', 'limits', 'default', '--rate', 'none'])
    expect(it.server.seen.slice(1).map((seen) => JSON.parse(seen.body))).toEqual([
      { slots: 4, depth_limit: null, rate_limit: 5, rate_per_ms: 1000 },
      { rate_limit: null, rate_per_ms: null },
    ])
    for (const flags of [[], ['--slots', '0'], ['--rate', '5'], ['--depth', 'x']]) {
      expect((await it.andon(['queues', 'limits', 'default', ...flags])).code).toBe(2)
    }
    expect((await it.andon(['queues', 'pause', 'default', '--reason', 'x'])).out).toContain('open')
    expect((await it.andon(['queues', 'resume', 'default'])).code).toBe(0)
    expect((await it.andon(['queues', 'drain', 'default'])).code).toBe(0)
    expect((await it.andon(['queues', 'drain', 'default', '--undo'])).code).toBe(0)
    const drains = it.server.seen.filter(({ path }) => path.endsWith('/drain'))
    expect(drains.map(({ body }) => JSON.parse(body))).toEqual([{ is_draining: true }, { is_draining: false }])
  })

  test('pools are made and removed', async () => {
    await using it = await shop()
    const pool = { id: 1, name: 'labels', printers: ['a', 'b'], jobs_waiting: 0, pause: null }
    it.server.on('GET /api/pools', (_seen, response) => json(response, { data: [pool] }))
    it.server.on('POST /api/pools', (_seen, response) => json(response, pool, 201))
    it.server.on('DELETE /api/pools/labels', (_seen, response) => response.writeHead(204).end())
    expect((await it.andon(['pools', 'list'])).out).toContain('labels  a, b')
    expect((await it.andon(['pools', 'add', 'labels'])).code).toBe(0)
    expect((await it.andon(['pools', 'remove', 'labels'])).code).toBe(0)
  })

  test('workers say whether they live', async () => {
    await using it = await shop()
    const worker = {
      id: 7,
      name: 'w1',
      kind: 'worker',
      host: 'mill',
      pid: 1,
      version: '0.1.0',
      types: ['print.*'],
      slots: 10,
      running: 2,
      jobs: [],
      started_at: '2026-11-22T07:00:00Z',
      heartbeat_at: '2026-11-22T08:01:50Z',
      is_alive: false,
      is_lost: true,
      is_draining: false,
      stopped_at: null,
      cpu_percent: 12.3,
      memory_mb: 200.4,
      waits_for: null,
    }
    const alive = { ...worker, is_alive: true, is_lost: false, jobs: ['a', 'b', 'c', 'd', 'e'] }
    it.server.on('GET /api/workers', (_seen, response) =>
      json(response, {
        data: [
          worker,
          { ...alive, id: 8 },
          { ...alive, id: 9, waits_for: 'cpu' },
          { ...alive, id: 10, waits_for: 'memory' },
          { ...worker, id: 11, is_lost: false, stopped_at: '2026-11-22T08:01:50Z' },
          { ...alive, id: 12, is_draining: true, jobs: ['a'] },
        ],
      }),
    )
    it.server.on('POST /api/workers/7/drain', (_seen, response) => json(response, worker))
    const { out } = await it.andon(['workers', 'list'])
    expect(out).toMatch(/ 7 +w1 +lost +2 of 10 +mill +print\.\* +12 % +200 MB +10 s ago/)
    expect(out).toMatch(/ 8 +w1 +alive .* a b c and 2 more/)
    expect(out).toMatch(/ 9 +w1 +alive, waits for CPU/)
    expect(out).toMatch(/10 +w1 +alive, waits for memory/)
    expect(out).toMatch(/11 +w1 +stopped/)
    expect(out).toMatch(/12 +w1 +draining .* a\n/)
    expect(await it.andon(['workers', 'list'], { columns: 200 })).toMatchObject({ code: 0 })
    expect((await it.andon(['workers', 'drain', '7'])).err).toContain('takes nothing new')
    expect((await it.andon(['workers', 'drain', '7', '--undo'])).err).toContain('takes jobs again')
    expect(it.server.seen.flatMap(({ body }) => (body ? JSON.parse(body) : []))).toEqual([
      { is_draining: true },
      { is_draining: false },
    ])
    expect((await it.andon(['workers', 'drain', 'w1'])).code).toBe(2)
  })
})
