import { type ItemState, problem, type StoredItem } from '@andon/core'
import type { JobContext } from '@andon/worker'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Change } from '../src/journal.ts'
import { JournaledLedger } from '../src/ledger.ts'
import { FileJournal } from '../src/node/index.ts'
import { takeUpItems } from '../src/take-up.ts'
import { temporaryFolder } from './folder.ts'

const JOB_ID = 'job'

const change = (index: number, state: ItemState): Change => ({ from: index, to: index, state, attempt: 1 })

/** The far side: what it holds of each item, and whether it can be reached. */
class FarSide {
  readonly states: ItemState[]
  readonly seen: Change[] = []
  state: 'there' | 'away' | 'elsewhere' = 'there'
  /** Stops the run under way. */
  stop = new AbortController()

  constructor(items: number) {
    this.states = Array.from({ length: items }, () => 'pending')
  }

  /** As much of a job's context as a ledger uses. */
  get job(): JobContext {
    const { signal } = this.stop
    return { id: JOB_ID, signal, items: { change: (changes: readonly Change[]) => this.#take(changes) } } as JobContext
  }

  get items(): StoredItem[] {
    return this.states.map((state, index) => ({
      index,
      state,
      ref: null,
      proof: 'none',
      attempt: null,
      content: '^XA^XZ',
      data: null,
      externalRef: null,
    }))
  }

  async #take(changes: readonly Change[]): Promise<void> {
    if (this.state === 'away') throw problem('server_unreachable')
    if (this.state === 'elsewhere') throw problem('lease_lost')
    for (const { from, state, to } of changes) this.states.fill(state, from, to + 1)
    this.seen.push(...changes)
  }
}

/** Waits of a ledger end in the next turn: nothing here takes time. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a ledger with a journal', () => {
  test('tells the server each change once, in order, and forgets what it told', async () => {
    await using folder = await temporaryFolder()
    using journal = new FileJournal(folder.path)
    const far = new FarSide(2)
    const ledger = new JournaledLedger(far.job, journal, nextTurn)
    const changes = [change(0, 'intended'), change(0, 'done'), change(1, 'intended'), change(1, 'failed')]
    for (const each of changes) await ledger.write([each])
    await ledger.told()
    expect(far.seen).toEqual(changes)
    expect(await journal.read(JOB_ID)).toEqual([])
  })

  test('goes on without the server, and tells all of it when the server is back', async () => {
    await using folder = await temporaryFolder()
    using journal = new FileJournal(folder.path)
    const far = new FarSide(20)
    const ledger = new JournaledLedger(far.job, journal, nextTurn)
    const changes = far.states.flatMap((_, index) => [change(index, 'intended'), change(index, 'done')])
    const [first, ...others] = changes
    if (first !== undefined) await ledger.write([first])
    far.state = 'away'
    for (const each of others) await ledger.write([each])
    expect(far.seen).toEqual([first])
    expect(await journal.read(JOB_ID)).toHaveLength(39)
    far.state = 'there'
    await ledger.told()
    expect(far.seen).toEqual(changes)
    expect(await journal.read(JOB_ID)).toEqual([])
  })

  test('does not begin without the server, which gives to others what was not begun', async () => {
    await using folder = await temporaryFolder()
    using journal = new FileJournal(folder.path)
    const far = new FarSide(1)
    far.state = 'away'
    const first = new JournaledLedger(far.job, journal, nextTurn).write([change(0, 'intended')])
    far.stop.abort()
    await expect(first).rejects.toThrow('nothing was sent')
    expect(await journal.read(JOB_ID)).toEqual([])

    far.stop = new AbortController()
    const ledger = new JournaledLedger(far.job, journal, nextTurn)
    const waiting = ledger.write([change(0, 'intended')])
    far.state = 'there'
    await waiting
    expect(far.seen).toEqual([change(0, 'intended')])
  })

  test('lets nothing more be sent once the job is held elsewhere, and keeps what it knows', async () => {
    await using folder = await temporaryFolder()
    using journal = new FileJournal(folder.path)
    const far = new FarSide(2)
    const ledger = new JournaledLedger(far.job, journal, nextTurn)
    await ledger.write([change(0, 'intended')])
    far.state = 'elsewhere'
    await expect(ledger.write([change(0, 'done')])).rejects.toMatchObject({ code: 'lease_lost' })
    await expect(ledger.write([change(1, 'intended')])).rejects.toMatchObject({ code: 'lease_lost' })
    await expect(ledger.told()).rejects.toMatchObject({ code: 'lease_lost' })
    expect((await journal.read(JOB_ID)).map(({ change: kept }) => kept)).toEqual([change(0, 'done')])
  })

  test('leaves no doubt about what was refused before it was sent', async () => {
    await using folder = await temporaryFolder()
    using journal = new FileJournal(folder.path)
    const far = new FarSide(1)
    far.state = 'elsewhere'
    const ledger = new JournaledLedger(far.job, journal, nextTurn)
    await expect(ledger.write([change(0, 'intended')])).rejects.toMatchObject({ code: 'lease_lost' })
    expect(await journal.read(JOB_ID)).toEqual([])
  })
})

describe('items that are taken up', () => {
  test('get the outcome that never reached the server, and keep the one that somebody gave them meanwhile', async () => {
    await using folder = await temporaryFolder()
    using journal = new FileJournal(folder.path)
    const far = new FarSide(4)
    const before = new JournaledLedger(far.job, journal, nextTurn)
    await before.write([change(0, 'intended')])
    far.state = 'away'
    await before.write([{ ...change(0, 'done'), proof: 'confirmed' }])
    await before.write([change(1, 'intended')])
    await before.write([change(1, 'done')])
    await before.write([{ ...change(2, 'intended'), externalRef: '19' }])
    far.state = 'elsewhere'
    await expect(before.told()).rejects.toMatchObject({ code: 'lease_lost' })

    far.state = 'there'
    far.states.splice(0, 4, 'intended', 'cancelled', 'pending', 'pending')
    const ledger = new JournaledLedger(far.job, journal, nextTurn)
    const items = await takeUpItems(far.items, { jobId: JOB_ID, journal, ledger })
    expect(items.map(({ state }) => state)).toEqual(['done', 'cancelled', 'intended', 'pending'])
    expect(items[0]).toMatchObject({ proof: 'confirmed' })
    expect(items[2]).toMatchObject({ externalRef: '19', attempt: 1 })
    await ledger.told()
    expect(far.states).toEqual(['done', 'cancelled', 'intended', 'pending'])
    expect(await journal.read(JOB_ID)).toEqual([])
  })

  test('end as the station saw them, wherever it is killed and whenever the server is away', async () => {
    await using folder = await temporaryFolder()
    using journal = new FileJournal(folder.path)
    const step = fc.record({ far: fc.constantFrom('there', 'away', 'elsewhere'), isKilled: fc.boolean() } as const)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await journal.told(JOB_ID, Number.MAX_SAFE_INTEGER)
        const far = new FarSide(steps.length)
        const sent: number[] = []
        let runStart = 0
        const hasBegun = () => far.seen.slice(runStart).some(({ state }) => state === 'intended')
        const start = async () => {
          far.state = 'there'
          far.stop = new AbortController()
          const ledger = new JournaledLedger(far.job, journal, nextTurn)
          runStart = far.seen.length
          return { ledger, items: await takeUpItems(far.items, { jobId: JOB_ID, journal, ledger }) }
        }
        let run = await start()
        for (const [index, { far: state, isKilled }] of steps.entries()) {
          if (run.items[index]?.state !== 'pending') continue
          far.state = state
          const isStopped = state === 'away' && !hasBegun()
          if (isStopped) far.stop.abort()
          const isSent = await tried(run.ledger.write([change(index, 'intended')]))
          if (isStopped) expect(isSent, 'begun without the server').toBe(false)
          if (isSent) sent.push(index)
          if (isSent && !isKilled) await tried(run.ledger.write([change(index, 'done')]))
          if (isKilled || isStopped || state === 'elsewhere') run = await start()
        }
        far.state = 'there'
        const { items, ledger } = await start()
        await ledger.told()
        expect(far.states).toEqual(items.map(({ state }) => state))
        expect(new Set(sent).size).toBe(sent.length)
        for (const index of sent) expect(['intended', 'done']).toContain(far.states[index])
      }),
      { numRuns: 200 },
    )
  })
})

async function tried(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
