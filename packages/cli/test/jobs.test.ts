import { bulkServer } from './bulk-server.ts'
import { describe, expect, test } from 'vitest'
import { idOf, job, json, printerWithoutPaper, refuse, say, shop } from './world.ts'

const ID = idOf(1)

describe('jobs watch', () => {
  test('says each change where there is no terminal, then how it ended', async () => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID })))
    it.server.on('GET /api/printers', (_seen, response) => json(response, { data: [printerWithoutPaper()] }))
    let jobSubscription = ''
    it.server.onSubscribe = (request, socket) => {
      say(socket, { type: 'subscribed', id: request.id, seq: 1 })
      if (request.topic === 'job') jobSubscription = request.id
    }
    const ran = await it.andon(['jobs', 'watch', ID], {
      onText: (text) => {
        if (!text.includes('3. Close the cover')) return
        const ended = job({ id: ID, version: 2, state: 'failed', items: { total: 200, done: 150, failed: 50 } })
        it.server.tell({ type: 'jobs', ids: [jobSubscription], seq: 2, jobs: [ended] })
      },
    })
    expect(ran.code).toBe(5)
    expect(ran.err).toContain(`${ID}: printing, 150 of 200`)
    expect(ran.err).toContain('▲ Zebra: Paper is out')
    expect(ran.err).toContain(`${ID}: failed, 150 of 200, 50 failed`)
    expect(ran.out).toContain('✗ failed')
  })

  test('draws a bar on a terminal', async () => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID, printer: null })))
    it.server.onSubscribe = (request, socket) =>
      void setTimeout(() => {
        // After the bar was drawn once, which happens at most ten times a second.
        const jobs = [job({ id: ID, printer: null, version: 2, state: 'completed' })]
        say(socket, { type: 'jobs', ids: [request.id], seq: 2, jobs })
      }, 250)
    const { code, err, out } = await it.andon(['jobs', 'watch', ID], { columns: 80, env: { NO_COLOR: '1' } })
    expect(code).toBe(0)
    expect(err).toContain('██████████████████░░░░░░ 150 of 200 · 75 %')
    expect(out).toContain('✓ completed')
  })

  test('tells every change as a line of JSON', async () => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID, state: 'cancelled' })))
    const { code, out } = await it.andon(['jobs', 'watch', ID, '-o', 'jsonl', '-q'])
    expect(code).toBe(6)
    expect(JSON.parse(out)).toMatchObject({ state: 'cancelled' })
  })

  test('leaves the job alone on Ctrl-C', async () => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID })))
    it.server.on('GET /api/printers', (_seen, response) => json(response, { data: [] }))
    const stop = new AbortController()
    const watching = it.andon(['jobs', 'watch', ID], { interrupt: stop.signal })
    await it.server.until(() => it.server.subscribed.length >= 1)
    stop.abort()
    const { code, err } = await watching
    expect(code).toBe(130)
    expect(err).toContain('Stopped watching; the job goes on.')
    expect(it.server.seen.every((seen) => !seen.path.includes('cancel'))).toBe(true)
  })
})

describe('jobs wait', () => {
  test('is ok in the state that was asked for', async () => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID, state: 'failed' })))
    expect((await it.andon(['jobs', 'wait', ID, '--for', 'failed', '-o', 'name'])).code).toBe(0)
    expect((await it.andon(['jobs', 'wait', ID])).code).toBe(5)
  })

  test('gives up in time', async () => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID })))
    expect((await it.andon(['jobs', 'wait', ID, '--timeout', '20ms'])).code).toBe(9)
    expect((await it.andon(['jobs', 'wait', ID, '--timeout', 'soon'])).code).toBe(2)
    expect((await it.andon(['jobs', 'wait', ID, '--for', 'done'])).code).toBe(2)
  })
})

describe('jobs cancel', () => {
  test('stops jobs, and says why', async () => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID })))
    it.server.on(`POST /api/jobs/${ID}/cancel`, (_seen, response) =>
      json(response, job({ id: ID, state: 'cancelled', version: 2 })),
    )
    const { code, out } = await it.andon([
      'jobs',
      'cancel',
      ID,
      '--reason',
      'wrong file',
      '--kill',
      '-o',
      'csv',
      '--json',
      'state',
    ])
    expect(code).toBe(0)
    expect(out).toBe('state\r\ncancelled\r\n')
    expect(JSON.parse(it.server.seen.at(-1)?.body ?? '')).toEqual({ kill: true, reason: 'wrong file' })
  })

  test('waits for the end when asked to', async () => {
    await using it = await shop()
    let reads = 0
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => {
      reads += 1
      json(response, job({ id: ID, version: reads, state: reads > 1 ? 'cancelled' : 'running' }))
    })
    it.server.on(`POST /api/jobs/${ID}/cancel`, (_seen, response) =>
      json(response, job({ id: ID, is_cancelling: true })),
    )
    const { code, out } = await it.andon(['jobs', 'cancel', ID, '--wait', '5s'])
    expect(code).toBe(0)
    expect(out).toContain('⊘ cancelled')
  })

  test('asks before it stops all that match, and has it done by one job', async () => {
    await using it = await shop()
    const { orders, seenPreviews } = bulkServer(it.server)
    const argv = ['jobs', 'cancel', '--query', 'type:print.*', '--reason', 'wrong']
    expect((await it.andon(argv)).code).toBe(2)
    expect((await it.andon(argv, { answers: ['n'] })).code).toBe(1)
    const dry = await it.andon([...argv, '--dry-run'])
    expect(dry.out).toContain('left alone: ended already')
    expect(dry.err).toContain('2 jobs would be cancelled.')
    expect(orders).toEqual([])
    const done = await it.andon(argv, { answers: ['y'] })
    expect(done).toMatchObject({ code: 0, out: '2 cancelled; left alone: 1 ended already\n' })
    expect(done.err).toContain('Left alone: 1 ended already.')
    expect(it.world.questions).toEqual(['Go on? [y/N] ', 'Go on? [y/N] '])
    expect((await it.andon([...argv, '-y', '--detach'])).out).toBe(`${idOf(9)}\n`)
    const order = { action: 'cancel', query: 'type:print.* state:active', reason: 'wrong' }
    expect(orders).toEqual([order, order])
    expect(seenPreviews[0]).toMatchObject({ dry_run: true })
    expect((await it.andon([...argv, '--wait', '5s'])).code).toBe(2)
  })

  test('of a job that has ended is a conflict', async () => {
    await using it = await shop()
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID, state: 'completed' })))
    it.server.on(`POST /api/jobs/${ID}/cancel`, (_seen, response) =>
      refuse(response, 409, { code: 'job_already_final', detail: 'It has ended.' }),
    )
    expect((await it.andon(['jobs', 'cancel', ID])).code).toBe(8)
  })

  test('needs ids or a query', async () => {
    await using it = await shop()
    expect((await it.andon(['jobs', 'cancel'])).code).toBe(2)
    expect((await it.andon(['jobs', 'cancel', ID, '--query', 'a'])).code).toBe(2)
  })
})

describe('the other commands', () => {
  test('retry makes a new job', async () => {
    await using it = await shop()
    it.server.on(`POST /api/jobs/${ID}/retry`, (_seen, response) =>
      json(response, { id: idOf(9), is_existing: false }, 201),
    )
    expect(await it.andon(['jobs', 'retry', ID, '--from', '3'])).toEqual({
      code: 0,
      err: `Follow with: andon jobs watch ${idOf(9)}\n`,
      out: `${idOf(9)}\n`,
    })
    await it.andon(['jobs', 'retry', ID, '--failed'])
    await it.andon(['jobs', 'retry', ID, '--all'])
    await it.andon(['jobs', 'retry', ID])
    expect(it.server.seen.map((seen) => JSON.parse(seen.body))).toEqual([
      { items: { from: 2 } },
      { items: 'failed' },
      { items: 'all' },
      {},
    ])
    expect((await it.andon(['jobs', 'retry', ID, '--failed', '--all'])).code).toBe(2)
    expect((await it.andon(['jobs', 'retry', ID, '--from', '0'])).code).toBe(2)
  })

  test('retry of all that match, and other things done to many', async () => {
    await using it = await shop()
    const { orders } = bulkServer(it.server)
    expect((await it.andon(['jobs', 'retry', '--query', 'error:offline', '-y', '-o', 'json'])).code).toBe(0)
    expect((await it.andon(['jobs', 'bulk', 'priority', 'queue:a', 'type:b', '--priority', 'high', '-y'])).code).toBe(0)
    expect((await it.andon(['jobs', 'bulk', 'move', 'queue:a', '--queue', 'b', '--force', '-o', 'jsonl'])).code).toBe(0)
    expect((await it.andon(['jobs', 'bulk', 'move', 'queue:a', '-p', 'Label 1', '-y'])).code).toBe(0)
    expect((await it.andon(['jobs', 'bulk', 'cancel', 'queue:a', '--kill', '-y'])).code).toBe(0)
    expect(orders).toEqual([
      { action: 'retry', query: 'error:offline state:final' },
      { action: 'priority', query: 'queue:a type:b', priority: 'high' },
      { action: 'move', query: 'queue:a', queue: 'b' },
      { action: 'move', query: 'queue:a', printer: 'Label 1' },
      { action: 'cancel', query: 'queue:a', kill: true },
    ])
    expect((await it.andon(['jobs', 'bulk', 'burn', 'queue:a'])).err).toContain('Choose from: cancel, retry')
    expect((await it.andon(['jobs', 'bulk', 'priority', 'queue:a', '--priority', 'top'])).code).toBe(2)
    expect((await it.andon(['jobs', 'retry'])).code).toBe(2)
    expect((await it.andon(['jobs', 'retry', '--query', 'a', '--failed'])).code).toBe(2)
  })

  test('what is done to none is said and not asked for', async () => {
    await using it = await shop()
    const left = [{ reason: 'succeeded', words: 'completed', count: 3 }]
    const { orders } = bulkServer(it.server, { matched: 3, count: 0, by_state: {}, left })
    expect((await it.andon(['jobs', 'retry', '--query', 'a'])).err).toBe('Nothing to do: 3 completed.\n')
    bulkServer(it.server, { matched: 0, count: 0, by_state: {}, left: [] })
    expect((await it.andon(['jobs', 'retry', '--query', 'a'])).err).toBe('No job matches.\n')
    bulkServer(it.server, { matched: 500, count: 500, by_state: { failed: 500 }, left: [], is_complete: false })
    expect((await it.andon(['jobs', 'retry', '--query', 'a', '--dry-run'])).err).toContain('At least 500 jobs would be')
    expect(orders).toEqual([])
  })

  test('a bulk job that fails ends with its error', async () => {
    await using it = await shop()
    bulkServer(it.server)
    const error = { code: 'forbidden', message: 'anna may not', hint: null, retryable: false }
    it.server.on(`GET /api/jobs/${idOf(9)}`, (_seen, response) =>
      json(response, job({ id: idOf(9), state: 'failed', printer: null, error })),
    )
    const { code, out } = await it.andon(['jobs', 'retry', '--query', 'a', '-y'])
    expect({ code, out }).toEqual({ code: 5, out: 'anna may not\n' })
  })

  test('a second retry is a conflict, and names the first', async () => {
    await using it = await shop()
    it.server.on(`POST /api/jobs/${ID}/retry`, (_seen, response) =>
      refuse(response, 409, { code: 'already_retried', detail: 'No.', retry_id: idOf(9) }),
    )
    const { code, err } = await it.andon(['jobs', 'retry', ID])
    expect(code).toBe(8)
    expect(err).toContain(`The first retry is ${idOf(9)}`)
  })

  test('retry follows the new job when asked to', async () => {
    await using it = await shop()
    it.server.on(`POST /api/jobs/${ID}/retry`, (_seen, response) =>
      json(response, { id: idOf(9), is_existing: false }, 201),
    )
    it.server.on(`GET /api/jobs/${idOf(9)}`, (_seen, response) =>
      json(response, job({ id: idOf(9), state: 'completed_with_errors' })),
    )
    it.server.on('GET /api/printers', (_seen, response) => json(response, { data: [] }))
    expect((await it.andon(['jobs', 'retry', ID, '--watch'])).code).toBe(7)
  })

  test('hold and release', async () => {
    await using it = await shop()
    it.server.on(`POST /api/jobs/${ID}/hold`, (_seen, response) => json(response, job({ id: ID, state: 'pending' })))
    it.server.on(`POST /api/jobs/${ID}/release`, (_seen, response) => json(response, job({ id: ID, state: 'queued' })))
    expect((await it.andon(['jobs', 'hold', ID, '--reason', 'paper', '-o', 'name'])).out).toBe(`${ID}\n`)
    expect((await it.andon(['jobs', 'release', ID])).out).toContain('≡ queued')
    expect(JSON.parse(it.server.seen[0]?.body ?? '')).toEqual({ reason: 'paper' })
  })

  test('confirm says what a person saw', async () => {
    await using it = await shop()
    it.server.on(`POST /api/jobs/${ID}/confirm`, (seen, response) =>
      JSON.parse(seen.body).printed
        ? json(response, job({ id: ID, state: 'completed' }))
        : json(response, { id: idOf(9), is_existing: false }, 201),
    )
    expect((await it.andon(['jobs', 'confirm', ID, '--printed'])).out).toContain('✓ completed')
    expect((await it.andon(['jobs', 'confirm', ID, '--again', '--from', '12', '--note', 'jam'])).out).toBe(
      `${idOf(9)}\n`,
    )
    expect(JSON.parse(it.server.seen[1]?.body ?? '')).toEqual({ printed: false, from: 11, note: 'jam' })
    expect((await it.andon(['jobs', 'confirm', ID])).code).toBe(2)
  })
})
