import { inspect } from 'node:util'
import { isProblem } from '@andon/core'
import { pressAttempts, type PrintBeatAttempt, type PrintBeatFault } from '@andon/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PrintBeatClient } from '../src/print-beat/client.ts'
import { KEY, PrintBeatWorld, SECRET } from './print-beat-world.ts'

const SIGNAL = new AbortController().signal

function attempts(count: number, more: { deviceId?: string; firstMarker?: number } = {}): PrintBeatAttempt[] {
  const { deviceId = 'P1', firstMarker = 1_000 } = more
  return pressAttempts({ count, deviceId, firstMarker, jobName: (index) => `IMP-${index % 40}` })
}

/** What the table should say of attempts. */
function rowsOf(given: readonly PrintBeatAttempt[]): unknown[] {
  return given.map((attempt) => ({
    name: attempt.jobName,
    job_name: attempt.jobName,
    status: attempt.jobProgress,
    marker: String(attempt.marker),
    completed_at: attempt.jobCompleteTime,
    copies: attempt.copies,
    payload: attempt,
  }))
}

describe('reading Print Beat', () => {
  for (const isInclusive of [false, true]) {
    test(`takes 683 records once each where startMarker is ${isInclusive ? 'inclusive' : 'exclusive'}`, async () => {
      await using world = await PrintBeatWorld.open({ isInclusive })
      const given = attempts(683)
      world.server.attempts.push(...given.toSorted((a, b) => a.jobCompleteTime.localeCompare(b.jobCompleteTime)))
      await world.turns(12)
      expect(await world.rows()).toEqual(rowsOf(given))
      expect(world.server.requests.every(({ status }) => status === 200)).toBe(true)
      const later = attempts(3, { firstMarker: 90_000 })
      world.server.attempts.push(...later)
      await world.turns(3)
      expect(await world.rows()).toEqual(rowsOf([...given, ...later]))
    })
  }

  test('keeps a position for each press, though two share their markers', async () => {
    await using world = await PrintBeatWorld.open()
    const [first, second] = [attempts(130), attempts(40, { deviceId: 'P2' })]
    world.server.attempts.push(...first, ...second)
    await world.turns(6, world.connector({ devices: ['P1', 'SN-P2'] }))
    const rows = await world.rows()
    expect(rows.filter(({ payload }) => Object(payload).deviceId === 'P1')).toEqual(rowsOf(first))
    expect(rows.filter(({ payload }) => Object(payload).deviceId === 'P2')).toEqual(rowsOf(second))
    expect(new Set(world.server.requests.map(({ devices }) => devices))).toEqual(new Set(['P1', 'SN-P2']))
  })

  test('reads all presses together when none is named', async () => {
    await using world = await PrintBeatWorld.open()
    world.server.attempts.push(...attempts(5), ...attempts(5, { deviceId: 'P2', firstMarker: 3_000 }))
    await world.turns(1, world.connector({ devices: [''] }))
    expect(await world.rows()).toHaveLength(10)
    expect(world.server.requests).toMatchObject([{ devices: null, startMarker: '0', sortOrder: 'ASC' }])
  })

  test('finds what a press that began its markers anew, or that was late, delivers behind the position', async () => {
    await using world = await PrintBeatWorld.open()
    const old = attempts(250, { firstMarker: 5_000 })
    world.server.attempts.push(...old)
    await world.turns(5)
    const again = pressAttempts({ count: 120, deviceId: 'P1', firstMarker: 1, jobName: (index) => `NEW-${index}` })
    const sameMarker = { ...old[7], jobName: 'NEW-SAME', jobCompleteTime: '2026-03-03T09:00:00.000Z' }
    world.server.attempts.push(...again, sameMarker)
    world.now += 3_600_000
    await world.turns(14)
    const names = (await world.rows()).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith('NEW-')).toSorted()).toEqual(
      [...again.map(({ jobName }) => jobName), 'NEW-SAME'].toSorted(),
    )
    expect(names).toHaveLength(250 + 121)
    world.server.attempts.push({ ...again[0], marker: 2, jobName: 'LATER' })
    world.now += 3_600_000
    await world.turns(14)
    expect((await world.rows()).map(({ name }) => name)).toContain('LATER')
  })

  test('goes through everything again however many presses have news', async () => {
    await using world = await PrintBeatWorld.open()
    const devices = ['P1', 'P2', 'P3', 'P4']
    for (const deviceId of devices) world.server.attempts.push(...attempts(2, { deviceId }))
    const connector = world.connector({ devices })
    await world.turns(8, connector)
    world.server.attempts.push(...attempts(1, { deviceId: 'P4', firstMarker: 5 }))
    world.now += 3_600_000
    await world.turns(16, connector)
    expect((await world.rows()).map(({ marker }) => marker)).toContain('5')
  })

  test('gets through pages that are smaller than they should be', async () => {
    await using world = await PrintBeatWorld.open({ pageSize: 25 })
    const given = attempts(60)
    world.server.attempts.push(...given)
    await world.turns(3)
    expect(await world.rows()).toEqual(rowsOf(given))
    const late = attempts(1, { firstMarker: 1_163 })
    world.server.attempts.push(...late)
    world.now += 3_600_000
    await world.turns(8)
    expect(await world.rows()).toEqual(rowsOf([...given.slice(0, 41), ...late, ...given.slice(41)]))
  })

  test('steps over more attempts with one marker than a page holds', async () => {
    await using world = await PrintBeatWorld.open({ isInclusive: true })
    const same = attempts(120).map((attempt) => ({ ...attempt, marker: 7 }))
    world.server.attempts.push(...same, ...attempts(2))
    await world.turns(4)
    const rows = await world.rows()
    expect(rows.slice(-2)).toEqual(rowsOf(attempts(2)))
    expect(rows).toHaveLength(102)
  })
})

describe('what is in the table already', () => {
  test('is not written again, whoever wrote it and whatever its time was taken for', async () => {
    await using world = await PrintBeatWorld.open()
    const given = attempts(6)
    const [byTime, byPayload, foreign] = given
    const { pool } = world.floor.jobmanager
    const insert = `insert into "print OS" (name, status, marker, job_complete_time, payload) values ($1, 'PRINTED', $2, $3, $4)`
    // In the shop's zone with a payload of its own; in UTC with the whole record; the same marker without any press.
    await pool.query(insert, ['a', byTime?.marker, '2026-03-02 07:00:00', { deviceId: 'P1' }])
    await pool.query(insert, ['b', byPayload?.marker, byPayload?.jobCompleteTime.slice(0, 19), byPayload])
    await pool.query(insert, ['c', foreign?.marker, '2026-03-02 07:00:00', null])
    world.server.attempts.push(...given, ...given)
    await world.turns(2)
    const rows = await world.rows()
    expect(rows).toHaveLength(3 + 4)
    expect(rows.filter(({ job_name: name }) => name !== null)).toEqual(rowsOf(given.slice(2)))
  })

  test('is written once by two connectors that read the same page at once', async () => {
    await using world = await PrintBeatWorld.open()
    await using beside = world.floor.beside()
    const given = attempts(60)
    world.server.attempts.push(...given)
    const { promise, resolve } = Promise.withResolvers<void>()
    world.server.faults.push(promise, promise)
    const first = world.connector().runOnce(SIGNAL)
    await world.server.untilRequests(1)
    world.now += 31_000
    const second = world.connector({ databases: beside }).runOnce(SIGNAL)
    await world.server.untilRequests(2)
    resolve()
    await Promise.all([first, second])
    expect(await world.rows()).toEqual(rowsOf(given))
  })
})

describe('the pace', () => {
  test('is kept by several connectors and over restarts', async () => {
    await using world = await PrintBeatWorld.open()
    await using beside = world.floor.beside()
    world.server.attempts.push(...attempts(400))
    const both = [world.connector(), world.connector({ databases: beside })]
    for (let step = 0; step < 40; step += 1) {
      await Promise.all([...both, world.connector()].map((connector) => connector.runOnce(SIGNAL)))
      world.now += 5_000
    }
    expect(world.server.requests.every(({ status }) => status === 200)).toBe(true)
    expect(await world.rows()).toEqual(rowsOf(attempts(400)))
  })

  for (const retryAfter of ['seconds', 'date'] as const) {
    test(`waits as long as Print Beat says in ${retryAfter}, over a restart as well`, async () => {
      await using world = await PrintBeatWorld.open({ retryAfter })
      world.server.attempts.push(...attempts(3))
      const settings = { url: world.server.url, key: KEY, secret: SECRET, devices: [''] }
      const others = new PrintBeatClient(settings, { now: () => world.now })
      await others.jobs({ device: '', startMarker: '0', signal: SIGNAL })
      await others.jobs({ device: '', startMarker: '0', signal: SIGNAL })
      await expect(world.connector().runOnce(SIGNAL)).rejects.toMatchObject({ code: 'print_beat_rate_limited' })
      world.now += 59_000
      expect(await world.connector().runOnce(SIGNAL)).toBe(1_000)
      expect(world.server.requests).toHaveLength(3)
      world.now += 1_000
      await world.turns(1)
      expect(await world.rows()).toEqual(rowsOf(attempts(3)))
    })
  }

  test('is found again after a clock that was far ahead', async () => {
    await using world = await PrintBeatWorld.open()
    world.server.attempts.push(...attempts(3))
    await world.floor.jobmanager.pool.query(`update print_beat_pace set next_request_at = '2030-01-01'`)
    await world.turns(1)
    expect(await world.rows()).toHaveLength(3)
  })
})

describe('trouble', () => {
  const faults: readonly [PrintBeatFault, string][] = [
    [401, 'print_beat_unauthorised'],
    [403, 'print_beat_unauthorised'],
    [500, 'print_beat_unavailable'],
    [302, 'print_beat_unexpected'],
    [404, 'print_beat_unexpected'],
    ['cut', 'print_beat_unavailable'],
    ['cut-midway', 'print_beat_unavailable'],
    ['garbage', 'print_beat_unexpected'],
    ['list', 'print_beat_unexpected'],
    ['endless', 'print_beat_unexpected'],
    ['silent', 'print_beat_unavailable'],
  ]
  test('is told by an error of the catalogue, and what was not read is read afterwards', async () => {
    await using world = await PrintBeatWorld.open()
    const given = attempts(250)
    world.server.attempts.push(...given)
    await world.turns(1)
    for (const [fault, code] of faults) {
      world.server.faults.push(fault)
      const timeoutMs = fault === 'silent' ? 50 : 20_000
      await expect(world.connector({ timeoutMs }).runOnce(SIGNAL)).rejects.toMatchObject({ code })
      world.now += 60_000
    }
    expect(await world.rows()).toHaveLength(100)
    await world.server.stop()
    await expect(world.connector().runOnce(SIGNAL)).rejects.toMatchObject({ code: 'print_beat_unavailable' })
    await world.server.start()
    world.now += 60_000
    await world.turns(3)
    expect(await world.rows()).toEqual(rowsOf(given))
  })

  test('of one press leaves the others their turn', async () => {
    await using world = await PrintBeatWorld.open()
    world.server.attempts.push(...attempts(3, { deviceId: 'P2' }))
    const connector = world.connector({ devices: ['P1', 'P2'] })
    world.server.faults.push(500)
    await expect(connector.runOnce(SIGNAL)).rejects.toMatchObject({ code: 'print_beat_unavailable' })
    world.now += 31_000
    await world.turns(1, connector)
    expect(new Set(world.server.requests.map(({ devices }) => devices))).toEqual(new Set(['P1', 'P2']))
  })

  test('with the secret is told without it', async () => {
    await using world = await PrintBeatWorld.open()
    world.server.attempts.push(...attempts(3))
    const connector = world.connector({ secret: 'another-secret' })
    const error: unknown = await connector.runOnce(SIGNAL).catch((refused: unknown) => refused)
    expect(isProblem(error, 'print_beat_unauthorised')).toBe(true)
    const shown = inspect([error, connector, world.log], { depth: null, showHidden: true })
    expect(shown).not.toContain('another-secret')
    expect(await world.rows()).toEqual([])
  })

  test('when it is stopped ends the wait for an answer, and is no error of Print Beat', async () => {
    await using world = await PrintBeatWorld.open()
    world.server.faults.push('silent')
    const stop = new AbortController()
    const running = world.connector().runOnce(stop.signal)
    await world.server.untilRequests(1)
    stop.abort()
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('entries that cannot be read', () => {
  test('are set aside once, and do not stop the others', async () => {
    await using world = await PrintBeatWorld.open()
    await world.floor.jobmanager.pool.query(`alter table "print OS" add check (copies < 1000)`)
    const [good] = attempts(1)
    const bad = [
      { ...good, marker: 2_001, jobProgress: 'PRINTING' },
      { ...good, marker: 2_002, jobCompleteTime: 'yesterday' },
      { ...good, marker: 2_003, jobName: 7 },
      { ...good, marker: 2_004, copies: 1.5 },
      { ...good, marker: 2_005, jobName: 'IMP\u0000-1' },
      { ...good, marker: 2_006, copies: 5_000 },
      { ...good, marker: 2 ** 60 },
      { jobName: 'IMP-2', jobProgress: 'PRINTED' },
      null,
    ]
    const fine = [
      { ...good, marker: 3_001, jobCompleteTime: '2026-03-02T07:00:00.123456+0100' },
      { ...good, marker: 3_002, jobProgress: 'aborted', copies: 17, inks: [], substrates: [] },
      { ...good, marker: '3003', jobCompleteTime: null },
    ]
    world.server.attempts.push(good, ...bad, ...fine)
    const connector = world.connector({ devices: [''] })
    await world.turns(1, connector)
    expect(await world.rows()).toMatchObject([
      { marker: '1000' },
      { marker: '3001', completed_at: '2026-03-02T06:00:00.123Z' },
      { marker: '3002', status: 'ABORTED', copies: 17 },
      { marker: '3003', completed_at: null },
    ])
    const setAside = await world.setAside()
    expect(setAside.map(({ marker }) => marker)).toEqual([
      '2001',
      '2002',
      '2003',
      '2004',
      '2005',
      '2006',
      null,
      null,
      null,
    ])
    expect(setAside[0]).toEqual({
      marker: '2001',
      reason: 'jobProgress is "PRINTING", neither PRINTED nor ABORTED.',
      entry: JSON.stringify(bad[0]),
    })
    const warnings = () => world.log.filter(({ level }) => level === 'warn')
    expect(warnings()).toMatchObject([{ fields: { entries: { length: 9 } } }])
    world.now += 3_600_000
    await world.turns(4, connector)
    expect(warnings()).toHaveLength(1)
    expect(await world.rows()).toHaveLength(4)
  })
})

describe('a restart', () => {
  test('between any two statements loses nothing and repeats nothing', async () => {
    await using world = await PrintBeatWorld.open()
    const given = attempts(230)
    world.server.attempts.push(...given)
    let isDone = false
    for (let after = 1; !isDone; after += 1) {
      let left = after
      await using databases = world.floor.beside({}, () => {
        left -= 1
        if (left < 0) throw new Error('the process ended')
      })
      isDone = await world
        .connector({ databases })
        .runOnce(SIGNAL)
        .then(() => true, killed)
      world.now += 31_000
    }
    await world.turns(4)
    expect(await world.rows()).toEqual(rowsOf(given))
  })
})

describe('the pass over what came in', () => {
  test('gives each imposition the status of its attempts', async () => {
    await using world = await PrintBeatWorld.open()
    const given = pressAttempts({
      count: 683,
      deviceId: 'P1',
      firstMarker: 156_075_288,
      // Aborted attempts are each ninth: some impositions were never printed.
      jobName: (index) => (index % 9 === 4 && index % 2 === 0 ? `LOST-${index % 7}` : `IMP-${index % 40}`),
    })
    world.server.attempts.push(...given)
    await world.turns(8)
    const names = [...new Set(given.map(({ jobName }) => jobName))]
    const files = names.map((name, index) => [name, [`FILE_1_Labex_4604_${index}_80`]] as const)
    await world.floor.runlist('RL-1', Object.fromEntries(files))
    await world.floor.jobs(...names.map((_, index) => `4604_${index}`))
    const { printOs } = await world.floor.pass()
    expect(printOs.processed).toBe(683)
    const { rows } = await world.floor.logs.pool.query<{ imposition_id: string; status: string }>(
      'select imposition_id, status from imposition_operations',
    )
    const isPrinted = (name: string) => given.some((a) => a.jobName === name && a.jobProgress === 'PRINTED')
    expect(Object.fromEntries(rows.map((row) => [row.imposition_id, row.status]))).toEqual(
      Object.fromEntries(names.map((name) => [name, isPrinted(name) ? 'completed' : 'aborted'])),
    )
    expect(await world.floor.operations()).toEqual(
      Object.fromEntries(names.map((name, index) => [`4604_${index}`, { print: isPrinted(name) }])),
    )
  })
})

/** Ends of the process are expected; anything else is not. */
function killed(error: unknown): false {
  if (error instanceof Error && error.message === 'the process ended') return false
  throw error
}

test('pages of anything at all are taken: what is good is kept, what is not is set aside', async () => {
  await using world = await PrintBeatWorld.open()
  const good = attempts(40)
  const spoilt = fc
    .tuple(fc.nat(9_999), fc.constantFrom(...Object.keys(good[0] ?? {})), fc.jsonValue({ maxDepth: 3 }))
    .map(([at, name, value]) => ({ ...good[0], marker: 70_000 + at, [name]: value }))
  const odd = fc.sample(fc.oneof(spoilt, spoilt, fc.jsonValue({ maxDepth: 3 })), 120)
  const texts = ['\0', 'IMP-\0-1', '\ud800', '\u202e', 'x'.repeat(100_000), '']
  const named = texts.flatMap((text, index) => [
    { ...good[0], marker: 50_000 + index, jobName: text },
    { ...good[0], marker: 60_000 + index, extra: { [`k${text}`]: [text] } },
  ])
  // What a press says is not of this type: that is what is tried.
  world.server.attempts.push(...good, ...(odd as PrintBeatAttempt[]), ...(named as PrintBeatAttempt[]))
  await world.turns(20)
  const rows = await world.rows()
  expect(rows).toEqual(expect.arrayContaining(rowsOf(good)))
  expect(rows.length + (await world.setAside()).length).toBeGreaterThan(good.length + texts.length)
})
