import { describe, expect, test } from 'vitest'
import { idOf, job, json, page, printerWithoutPaper, refuse, say, shop, someJobs } from './world.ts'

const ID = idOf(1)

describe('jobs list', () => {
  test('is a table for people', async () => {
    await using it = await shop()
    it.server.on('GET /api/jobs', (_seen, response) => json(response, page(someJobs())))
    const { code, err, out } = await it.andon(['jobs', 'list'], { columns: 140, env: { NO_COLOR: '1' } })
    expect(code).toBe(0)
    expect(out.split('\n')).toEqual([
      'ID                                    STATE                    WHAT               WHERE    PROGRESS              CREATED          TOOK  BY',
      `${idOf(4)}  ? needs confirmation     Badges for the f…  Zebra    150 of 200            2 min ago              anna`,
      `${idOf(3)}  ▶ printing               MO-8235            Zebra    150 of 200            30 s ago   1 min 59 s  anna`,
      `${idOf(2)}  ! completed with errors  MO-8235            Zebra    197 of 200, 3 failed  2 min ago        42 s  anna`,
      `${idOf(1)}  ✗ failed                 report.pdf         default                        2 min ago              anna`,
      '',
    ])
    expect(err).toBe('')
  })

  test('shortens ids as far as they stay apart', async () => {
    await using it = await shop()
    const jobs = ['0199aaaa-0001-7000-8000-000000000001', '0199aaaa-0002-7000-8000-000000000001'].map((id) =>
      job({ id }),
    )
    it.server.on('GET /api/jobs', (_seen, response) => json(response, page(jobs)))
    const { out } = await it.andon(['jobs', 'list', '--columns', 'id'])
    expect(out).toBe('ID\n0199aaaa-0001\n0199aaaa-0002\n')
  })

  test('asks with words and flags together', async () => {
    await using it = await shop()
    it.server.on('GET /api/jobs', (_seen, response) => json(response, page([])))
    await it.andon([
      'jobs',
      'list',
      'tag:a',
      'urgent labels',
      '--status=failed,running',
      '--type=print.*',
      '--printer=Badge 01',
      '--since=2h',
      '--until=2026-11-22',
      '-L7',
    ])
    expect(Object.fromEntries(it.server.seen[0]?.query ?? [])).toEqual({
      q: 'tag:a urgent labels state:failed,running type:print.* printer:"Badge 01" created:<2h created:<=2026-11-22',
      limit: '7',
    })
  })

  test('says which emptiness it is', async () => {
    await using it = await shop()
    it.server.on('GET /api/jobs', (_seen, response) => json(response, page([])))
    expect((await it.andon(['jobs', 'list'])).err).toContain('No jobs yet. Make one with: andon print FILE')
    expect((await it.andon(['jobs', 'list', 'state:failed'])).err).toContain('No job matches state:failed')
    expect(await it.andon(['jobs', 'list', '-q'])).toEqual({ code: 0, err: '', out: '' })
    expect((await it.andon(['jobs', 'list', '-o', 'json'])).out).toBe('[]\n')
  })

  test('says how many more there are', async () => {
    await using it = await shop()
    it.server.on('GET /api/jobs', (_seen, response) => json(response, page(someJobs(), 'more')))
    expect((await it.andon(['jobs', 'list', '-L', '4'])).err).toBe('4 of 1234 jobs. More with: -L 40\n')
  })

  test('speaks every format', async () => {
    await using it = await shop()
    it.server.on('GET /api/jobs', (_seen, response) => json(response, page([someJobs()[3] ?? job()])))
    const of = async (...flags: string[]) => (await it.andon(['jobs', 'list', ...flags])).out
    expect(await of('-o', 'name')).toBe(`${ID}\n`)
    expect(await of('--json', 'id,state')).toBe(`${JSON.stringify([{ id: ID, state: 'failed' }], null, 2)}\n`)
    expect(await of('--json', 'id,items.done', '-o', 'jsonl')).toBe(`{"id":"${ID}","items.done":null}\n`)
    expect(await of('-o', 'csv', '--json', 'type,state')).toBe('type,state\r\nreport.pdf,failed\r\n')
    expect(JSON.parse(await of('-o', 'jsonl'))).toMatchObject({ id: ID, version: 1 })
    expect(await of('-o', 'csv', '--columns', 'id,state')).toBe(`id,state\r\n${ID},failed\r\n`)
    expect(await of('--time', 'iso', '--columns', 'created_at')).toBe('CREATED\n2026-11-22T08:00:00.000Z\n')
  })

  test('refuses what it does not know as wrong use', async () => {
    await using it = await shop()
    it.server.on('GET /api/jobs', (_seen, response) => json(response, page(someJobs())))
    for (const flags of [
      ['-L', '0'],
      ['--columns', 'nope'],
      ['-o', 'xml'],
      ['--json', 'nope'],
      ['--since', 'soon'],
      ['--what'],
    ]) {
      const { code, err } = await it.andon(['jobs', 'list', ...flags])
      expect(code, flags.join(' ')).toBe(2)
      expect(err).toContain('error:')
    }
  })

  test('points at the place of a wrong query', async () => {
    await using it = await shop()
    it.server.on('GET /api/jobs', (_seen, response) =>
      refuse(response, 400, {
        code: 'query_invalid',
        detail: 'There is no field "stat".',
        position: { start: 0, end: 4 },
      }),
    )
    const { code, err } = await it.andon(['jobs', 'list', 'stat:failed'])
    expect(code).toBe(2)
    expect(err).toContain('    stat:failed\n    ^^^^\n')
  })

  test('keeps itself up to date as lines for scripts', async () => {
    await using it = await shop()
    it.server.on('GET /api/jobs', (_seen, response) => json(response, page([job()])))
    it.server.onSubscribe = (request, socket) => {
      say(socket, { type: 'subscribed', id: request.id, seq: 1 })
      say(socket, { type: 'jobs', ids: [request.id], seq: 2, jobs: [job({ version: 2, state: 'completed' })] })
    }
    const stop = new AbortController()
    const watching = it.andon(['jobs', 'list', '--watch', '-o', 'jsonl'], {
      interrupt: stop.signal,
      onText: (text) => text.split('\n').length === 3 && stop.abort(),
    })
    const { code, out } = await watching
    expect(code).toBe(130)
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).state),
    ).toEqual(['running', 'completed'])
  })

  test('draws itself anew on a terminal', async () => {
    await using it = await shop()
    it.server.on('GET /api/jobs', (_seen, response) => json(response, page([job()])))
    it.server.onSubscribe = (request, socket) => {
      say(socket, { type: 'jobs', ids: [request.id], seq: 2, jobs: [job({ version: 2, state: 'completed' })] })
      say(socket, { type: 'gone', ids: [request.id], seq: 3, job_ids: [job().id] })
    }
    const stop = new AbortController()
    const { code, out } = await it.andon(['jobs', 'list', 'state:active', '--watch'], {
      columns: 100,
      interrupt: stop.signal,
      onText: (text) => text.includes('No job matches') && stop.abort(),
    })
    expect(code).toBe(130)
    expect(out).toContain('0 jobs, 0 of them not ended')
  })

  test('needs a terminal to watch a table', async () => {
    await using it = await shop()
    expect((await it.andon(['jobs', 'list', '--watch'])).code).toBe(2)
  })
})

describe('jobs status', () => {
  test('says everything, and what to do about the printer', async () => {
    await using it = await shop()
    const progress = {
      percent: 75,
      step: 'label 150',
      steps_done: 150,
      steps_total: 200,
      message: null,
      text: '150 of 200 printed',
      remaining: { seconds: 120, basis: 'items' as const },
    }
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) =>
      json(response, job({ id: ID, progress, tags: { shift: 'night' } })),
    )
    it.server.on('GET /api/printers', (_seen, response) => json(response, { data: [printerWithoutPaper()] }))
    const { out } = await it.andon(['jobs', 'status', ID])
    expect(out.split('\n')).toEqual([
      '▶ printing  MO-8235',
      `  id          ${ID}`,
      '  type        print.label',
      '  printer     Zebra',
      '  progress    150 of 200 printed, about 2 min left',
      '  step        label 150',
      '  proof       sent',
      '  tags        shift=night',
      '  created     2 min ago by anna',
      '  started     1 min ago',
      '  → Monitor: it is being worked on.',
      '  ▲ Zebra: Paper is out 1 min ago',
      '    1. Open the cover.',
      '    2. Put in a new roll.',
      '    3. Close the cover; it goes on by itself.',
      '',
    ])
  })

  test.each([
    ['failed', 5],
    ['cancelled', 6],
    ['completed_with_errors', 7],
    ['completed', 0],
  ] as const)('of a job that is %s exits with %i when asked to', async (state, code) => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) =>
      json(response, job({ state, finished_at: '2026-11-22T08:01:00Z' })),
    )
    expect((await it.andon(['jobs', 'status', ID, '--exit-status'])).code).toBe(code)
    expect((await it.andon(['jobs', 'status', ID])).code).toBe(0)
  })

  test.each([
    [404, 'job_not_found', 3],
    [401, 'unauthenticated', 4],
    [403, 'forbidden', 4],
    [409, 'conflict', 8],
    [500, 'internal', 1],
    [400, 'validation_failed', 2],
    [504, 'timed_out', 9],
  ])('answered with %i %s exits with %i', async (status, name, code) => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => refuse(response, status, { code: name, detail: 'No.' }))
    const ran = await it.andon(['jobs', 'status', ID])
    expect(ran.code).toBe(code)
    expect(ran.err).toContain(`code ${name}`)
    expect(ran.out).toBe('')
  })

  test('without a server exits with 10', async () => {
    await using it = await shop()
    await it.server[Symbol.asyncDispose]()
    const ran = await it.andon(['jobs', 'status', ID])
    expect(ran.code).toBe(10)
    expect(ran.err).toContain('nothing listens there')
  })

  test('goes on after a job that is not there', async () => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ state: 'failed' })))
    const ran = await it.andon(['jobs', 'status', 'ffff', ID, '-o', 'name'])
    expect(ran.code).toBe(3)
    expect(ran.out).toBe(`${job().id}\n`)
  })

  test('is one object as JSON', async () => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID })))
    expect(JSON.parse((await it.andon(['jobs', 'status', ID, '-o', 'json'])).out)).toMatchObject({
      id: ID,
      input: null,
    })
  })
})
