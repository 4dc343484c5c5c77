import type { PrinterCapabilities, PrinterState, WorkerLease } from '@andon/core'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  changePrinter,
  createPool,
  createPrinter,
  createStation,
  failOver,
  findPrinter,
  getJob,
  hearStation,
  holdLanes,
  jobTimeline,
  loseStations,
  pauseLane,
  type PrinterChange,
  type PrinterRow,
  releaseJob,
  removeLane,
  rescueWorkers,
  resumeLane,
  writePrinterStatus,
} from '../src/index.ts'
import { MOVES_LIMIT } from '../src/queries/wanderers.ts'
import { type Bench, bench } from './fixtures.ts'

const TEST = { name: 'test' }
const ZPL = 'application/vnd.zebra-zpl'
const PDF = 'application/pdf'

let shop: Bench
beforeAll(async () => {
  shop = await bench()
})
afterAll(() => shop[Symbol.asyncDispose]())
beforeEach(clear)

async function clear(): Promise<void> {
  await shop.rows('delete from job')
  await shop.rows('delete from counter')
  await shop.rows('update printer set failover_id = null')
}

let made = 0
/** A printer that is driven and well. */
async function printer(
  options: { readonly formats?: readonly string[]; readonly pool?: string; readonly station?: string } = {},
): Promise<PrinterRow> {
  made += 1
  const { formats = [], ...fields } = options
  const row = await createPrinter(
    shop.store,
    { name: `P${made}`, driver: 'raw', uri: 'socket://127.0.0.1:9', ...fields },
    TEST,
  )
  await say(row, 'idle', { formats })
  await drive(row)
  return row
}

async function say(row: PrinterRow, state: PrinterState, able: Partial<PrinterCapabilities> = {}): Promise<void> {
  const capabilities = { formats: [], media: [], color: false, duplex: false, proof: 'confirmed', ...able } as const
  const status = { state, reasons: [], supplies: [], queuedJobs: 0, message: null, model: null, capabilities }
  await writePrinterStatus(shop.store, { printerId: row.id, status, isAnswered: true })
}

async function drive(row: PrinterRow): Promise<WorkerLease> {
  const lease = await shop.worker({ name: `of ${row.name}` })
  await holdLanes(shop.store, lease, [row.id])
  return lease
}

async function undrive(row: PrinterRow): Promise<void> {
  await shop.rows(
    `update worker set lease_until = now() - interval '1 second'
     where id = (select holder from lane where id = $1)`,
    [row.id],
  )
  await rescueWorkers(shop.store)
}

function set(row: PrinterRow, change: PrinterChange): Promise<PrinterRow> {
  return changePrinter(shop.store, row.id, change, TEST)
}

/** To the other as soon as it is in trouble. */
function failsOver(row: PrinterRow, to: { readonly name: string }): Promise<PrinterRow> {
  return set(row, { failover_to: to.name, failover_after: 0 })
}

async function jam(row: PrinterRow): Promise<void> {
  await pauseLane(shop.store, row.id, { reason: 'Labels are jammed', isTrouble: true }, TEST)
}

async function mend(row: PrinterRow): Promise<void> {
  await resumeLane(shop.store, row.id, TEST, { onlyTrouble: true })
}

async function print(row: { readonly id: number }, format = ZPL): Promise<string> {
  const [id] = await shop.create([
    {
      type: 'print.label',
      laneId: row.id,
      input: { format, options: {} },
      items: [{ content: 'x' }, { content: 'y' }],
    },
  ])
  return id ?? ''
}

async function place(id: string) {
  const job = await shop.row<{ queue_id: number; printer_id: number | null; station_id: number | null; moves: number }>(
    'select queue_id, printer_id, station_id, moves from job where id = $1',
    [id],
  )
  return job
}

async function moves(id: string): Promise<unknown[]> {
  const row = await getJob(shop.store, id, { all: true })
  if (row === null) throw new Error('no job')
  const { events } = await jobTimeline(shop.store, row, 0)
  return events.filter(({ kind }) => kind === 'moved').map(({ actor, data }) => ({ actor, data }))
}

async function waiting(row: { readonly id: number }): Promise<number> {
  const { n } = await shop.row<{ n: number }>(
    'select coalesce(sum(n), 0)::int as n from counter where queue_id = $1 and state = 2',
    [row.id],
  )
  return n
}

describe('what waits for a printer in trouble', () => {
  test('goes to the other printer once the trouble lasts, in its order, and its story says why', async () => {
    await createStation(shop.store, { name: 'Desk', isPrintServer: true }, TEST)
    const [one, other] = [await printer(), await printer({ station: 'Desk' })]
    const ids = [await print(one), await print(one)]
    await set(one, { failover_to: other.name, failover_after: 3_600 })
    expect(await failOver(shop.store), 'without trouble').toEqual([])
    await jam(one)
    expect(await failOver(shop.store), 'too soon').toEqual([])
    await shop.rows(`update lane set paused_at = now() - interval '2 hours' where id = $1`, [one.id])
    const reason = `${one.name} has been in trouble for more than 3600 s: Labels are jammed`
    expect(await failOver(shop.store)).toEqual([{ from: one.name, to: other.name, toId: other.id, reason, jobs: 2 }])
    for (const id of ids) {
      const at = { queue_id: other.id, printer_id: other.id, station_id: other.station_id, moves: 1 }
      expect(await place(id)).toEqual(at)
      const data = { from: one.name, to: other.name, reason }
      expect(await moves(id)).toEqual([{ actor: 'system:failover', data }])
    }
    expect([await waiting(one), await waiting(other)]).toEqual([0, 2])
    expect(await failOver(shop.store), 'again').toEqual([])
  })

  test('goes in sets, the first first', async () => {
    const [one, other] = [await printer(), await printer()]
    const ids = [await print(one), await print(one), await print(one)]
    await failsOver(one, other)
    await jam(one)
    expect(await failOver(shop.store, 2)).toMatchObject([{ jobs: 2 }])
    expect((await place(ids[2] ?? '')).queue_id).toBe(one.id)
    expect(await failOver(shop.store, 2)).toMatchObject([{ jobs: 1 }])
  })

  test.each([
    { what: 'it is offline', trouble: (row: PrinterRow) => say(row, 'offline'), says: /: offline$/ },
    { what: 'it has stopped', trouble: (row: PrinterRow) => say(row, 'stopped'), says: /: stopped$/ },
    { what: 'nobody drives it', trouble: undrive, says: /: nothing drives it$/ },
  ])('goes when $what', async ({ says, trouble }) => {
    const [one, other] = [await printer(), await printer()]
    await failsOver(one, other)
    const id = await print(one)
    await trouble(one)
    expect(await failOver(shop.store)).toEqual([expect.objectContaining({ reason: expect.stringMatching(says) })])
    expect((await place(id)).queue_id).toBe(other.id)
  })

  test('goes when its station is not heard of', async () => {
    const station = await createStation(shop.store, { name: 'Far desk', isPrintServer: true }, TEST)
    const [one, other] = [await printer({ station: 'Far desk' }), await printer()]
    await failsOver(one, other)
    await print(one)
    await hearStation(shop.store, station.id, {})
    expect(await failOver(shop.store)).toEqual([])
    await loseStations(shop.store, 0)
    expect(await failOver(shop.store)).toMatchObject([
      { reason: expect.stringContaining('its station Far desk is not connected') },
    ])
  })

  test('goes to a pool when one of its printers is well', async () => {
    const pool = await createPool(shop.store, 'Spare', TEST)
    const [one, spare] = [await printer({ pool: 'Spare' }), await printer({ pool: 'Spare' })]
    await failsOver(one, pool)
    const id = await print(one)
    await jam(one)
    await jam(spare)
    expect(await failOver(shop.store)).toEqual([])
    await mend(spare)
    expect(await failOver(shop.store)).toMatchObject([{ to: 'Spare' }])
    expect(await place(id)).toEqual({ queue_id: pool.id, printer_id: null, station_id: null, moves: 1 })
  })

  test('stays when a person paused the printer', async () => {
    const [one, other] = [await printer(), await printer()]
    await failsOver(one, other)
    await print(one)
    await jam(one)
    await pauseLane(shop.store, one.id, { reason: 'roll change' }, TEST)
    await say(one, 'offline')
    expect(await failOver(shop.store)).toEqual([])
  })

  test.each([
    { what: 'is in trouble', unfit: jam },
    { what: 'is paused', unfit: (row: PrinterRow) => pauseLane(shop.store, row.id, {}, TEST) },
    { what: 'is offline', unfit: (row: PrinterRow) => say(row, 'offline') },
    { what: 'never answered', unfit: (row: PrinterRow) => say(row, 'unknown') },
    { what: 'is not driven', unfit: undrive },
    { what: 'cannot print it', unfit: (row: PrinterRow) => say(row, 'idle', { formats: [PDF] }) },
  ])('stays when the other $what', async ({ unfit }) => {
    const [one, other] = [await printer(), await printer()]
    await failsOver(one, other)
    await print(one)
    await jam(one)
    await unfit(other)
    expect(await failOver(shop.store)).toEqual([])
  })

  test('stays when something of it has left', async () => {
    const [one, other] = [await printer(), await printer()]
    await failsOver(one, other)
    const [sent, begun] = [await print(one), await print(one)]
    const lease = await drive(one)
    await undrive(one)
    await holdLanes(shop.store, lease, [one.id])
    const lanes = [{ laneId: one.id, queueIds: [one.id], limit: 1, slot: 0 }]
    const [job] = await shop.source.claim(lease, { lanes, types: ['print.label'], limit: 1 })
    const { attempt = 0, fence = 0 } = job ?? {}
    await shop.source.change(lease, [{ jobId: sent, fence, attempt, from: 0, to: 0, state: 'intended' }])
    await shop.rows('update item set state = 2, attempt = 1 where job_id = $1 and idx = 0', [begun])
    await undrive(one)
    expect(await failOver(shop.store)).toEqual([])
    expect((await place(sent)).queue_id).toBe(one.id)
  })

  test('goes round in a circle so often and no further, until a person releases it', async () => {
    const [one, other] = [await printer(), await printer()]
    await failsOver(one, other)
    await failsOver(other, one)
    const id = await print(one)
    for (let move = 0; move < MOVES_LIMIT; move += 1) {
      const [bad, well] = move % 2 === 0 ? [one, other] : [other, one]
      await mend(well)
      await jam(bad)
      expect(await failOver(shop.store), `move ${move}`).toMatchObject([{ from: bad.name, to: well.name }])
    }
    await mend(one)
    await jam(other)
    expect(await failOver(shop.store)).toEqual([])
    expect(await place(id)).toMatchObject({ queue_id: other.id, moves: MOVES_LIMIT })
    await shop.rows('update job set phase = 0, hold = 3 where id = $1', [id])
    await releaseJob(shop.store, id, { actor: TEST })
    expect(await failOver(shop.store)).toMatchObject([{ from: other.name, to: one.name }])
  })
})

describe('the failover of a printer', () => {
  test.each([
    { what: 'itself', change: (row: PrinterRow) => ({ failover_to: row.name }), says: 'itself' },
    { what: 'a printer that there is not', change: () => ({ failover_to: 'Nowhere' }), says: 'Nowhere' },
  ])('is not $what', async ({ change, says }) => {
    const row = await printer()
    await expect(set(row, change(row))).rejects.toMatchObject({
      code: 'validation_failed',
      detail: expect.stringContaining(says),
      field: '/failover_to',
    })
  })

  test('is given with the printer, kept by other changes, taken away, and gone with the other', async () => {
    const other = await printer()
    const fields = { driver: 'raw', uri: 'socket://127.0.0.1:9', failover_to: other.name } as const
    const row = await createPrinter(shop.store, { name: 'With one', ...fields }, TEST)
    expect(row).toMatchObject({ failover_to: other.name, failover_after_ms: 300_000 })
    expect(await set(row, { location: 'Hall B' })).toMatchObject({
      failover_to: other.name,
      failover_after_ms: 300_000,
    })
    expect(await set(row, { failover_to: null })).toMatchObject({ failover_to: null })
    await failsOver(row, other)
    await removeLane(shop.store, other.id, TEST)
    expect(await findPrinter(shop.store, 'With one')).toMatchObject({ failover_to: null, failover_after_ms: 0 })
  })
})

describe('over all that can happen to three printers', () => {
  const target = fc.option(fc.nat(2))
  const formats = fc.option(fc.constantFrom(ZPL, PDF), { freq: 2 })
  const step = fc.record({
    at: fc.nat(2),
    what: fc.constantFrom('jam', 'mend', 'pause', 'resume', 'begin', 'pass', 'pass'),
  } as const)

  test('moves are those of the rule, and bounded; what has left stays', async () => {
    const rows = await Promise.all([printer(), printer(), printer()])
    const property = fc.asyncProperty(
      fc.tuple(target, target, target),
      fc.tuple(formats, formats, formats),
      fc.array(fc.record({ at: fc.nat(2), format: fc.constantFrom(ZPL, PDF) }), { minLength: 1, maxLength: 5 }),
      fc.array(step, { maxLength: 30 }),
      async (targets, able, jobs, steps) => {
        await clear()
        const model = rows.map((row, index) => {
          const to = targets[index] ?? null
          return { row, to: to === index ? null : to, format: able[index] ?? null, isJammed: false, isPaused: false }
        })
        for (const { row, to, format } of model) {
          await resumeLane(shop.store, row.id, TEST)
          await say(row, 'idle', { formats: format === null ? [] : [format] })
          if (to !== null) await set(row, { failover_to: rows[to]?.name ?? '', failover_after: 0 })
        }
        const known = await Promise.all(
          jobs.map(async ({ at, format }) => {
            const id = await print(rows[at] ?? { id: 0 }, format)
            return { id, at, format, moves: 0, hasBegun: false }
          }),
        )
        const act = {
          jam: async (one: (typeof model)[number]) => {
            if (one.isPaused) return
            await jam(one.row)
            one.isJammed = true
          },
          mend: async (one: (typeof model)[number]) => {
            await mend(one.row)
            one.isJammed = false
          },
          pause: async (one: (typeof model)[number]) => {
            await pauseLane(shop.store, one.row.id, {}, TEST)
            Object.assign(one, { isPaused: true, isJammed: false })
          },
          resume: async (one: (typeof model)[number]) => {
            await resumeLane(shop.store, one.row.id, TEST)
            Object.assign(one, { isPaused: false, isJammed: false })
          },
          begin: async (one: (typeof model)[number]) => {
            const job = known.find(({ at }) => model[at] === one)
            if (job === undefined) return
            await shop.rows('update item set state = 2, attempt = 1 where job_id = $1 and idx = 0', [job.id])
            job.hasBegun = true
          },
          pass: async () => {
            await failOver(shop.store)
            for (const job of known) {
              const from = model[job.at]
              const to = model[from?.to ?? -1]
              if (from?.isJammed !== true || to === undefined || to.isJammed || to.isPaused) continue
              if (job.hasBegun || job.moves >= MOVES_LIMIT || (to.format ?? job.format) !== job.format) continue
              Object.assign(job, { at: from.to, moves: job.moves + 1 })
            }
            for (const job of known) {
              expect(await place(job.id)).toMatchObject({ queue_id: rows[job.at]?.id, moves: job.moves })
            }
            for (const [index, row] of rows.entries()) {
              expect(await waiting(row)).toBe(known.filter(({ at }) => at === index).length)
            }
          },
        } as const
        for (const { at, what } of steps) {
          const one = model[at]
          if (one !== undefined) await act[what](one)
        }
      },
    )
    await fc.assert(property, { numRuns: 40 })
  })
})
