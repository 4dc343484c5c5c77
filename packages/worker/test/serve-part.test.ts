import type { ClaimedJob } from '@andon/core'
import { describe, expect, test } from 'vitest'
import { markedProcesses, parseStat, readProcesses, treeOf } from '../src/isolation/process-table.ts'
import type { FromChild, ToChild } from '../src/isolation/messages.ts'
import { servePart } from '../src/isolation/serve-part.ts'

const JOB = { jobId: 'j', fence: 1, type: 'test.work', attempt: 2, input: { how: 'quietly' } } as ClaimedJob
const module = (name: string): string => new URL(`./handlers/${name}.ts`, import.meta.url).href

/** The worker's end of the way to a part that runs in this process. */
class WorkerEnd {
  readonly heard: FromChild[] = []
  readonly ended = Promise.withResolvers<void>()
  /** The most messages that were on their way at once. */
  mostUnsent = 0
  #unsent = 0
  #tell: (message: ToChild) => void = () => undefined

  constructor(options: { readonly isSlow?: boolean } = {}) {
    servePart({
      send: (message, sent) => {
        this.heard.push(message)
        this.#unsent += 1
        this.mostUnsent = Math.max(this.mostUnsent, this.#unsent)
        const arrive = (): void => {
          this.#unsent -= 1
          sent()
        }
        if (options.isSlow === true) setTimeout(arrive, 20)
        else arrive()
      },
      listen: (listener) => {
        this.#tell = listener
      },
      end: () => this.ended.resolve(),
    })
  }

  tell(message: ToChild): void {
    this.#tell(message)
  }

  run(name: string, part: 'handle' | 'cleanup' = 'handle', job: Partial<ClaimedJob> = {}): void {
    this.tell({ kind: 'run', module: module(name), part, folder: '/tmp/f', job: { ...JOB, ...job } })
  }

  /** The last that it said before it ended. */
  async end(): Promise<FromChild | undefined> {
    await this.ended.promise
    return this.heard.at(-1)
  }

  async hears(kind: FromChild['kind']): Promise<FromChild> {
    const find = (): FromChild | undefined => this.heard.find((message) => message.kind === kind)
    await expect.poll(find).toBeDefined()
    return find() ?? { kind: 'ready' }
  }
}

describe('a part of a module', () => {
  test('says that it is ready, what it does, and what it decided', async () => {
    const worker = new WorkerEnd()
    worker.run('says')
    const asked = await worker.hears('ask')
    expect(asked).toMatchObject({ asked: { what: 'read', from: 0, limit: 5 } })
    worker.tell({ kind: 'answer', id: 1, value: [{ index: 0 }] })
    await expect.poll(() => worker.heard.filter(({ kind }) => kind === 'ask')).toHaveLength(2)
    worker.tell({ kind: 'answer', id: 2, value: undefined })
    await expect.poll(() => worker.heard.filter(({ kind }) => kind === 'ask')).toHaveLength(3)
    worker.tell({ kind: 'answer', id: 3, value: 'child' })
    await expect.poll(() => worker.heard.filter(({ kind }) => kind === 'ask')).toHaveLength(4)
    worker.tell({ kind: 'answer', id: 4, value: undefined })
    worker.tell({ kind: 'answer', id: 99, value: 'nobody asked' })
    expect(await worker.end()).toMatchObject({
      kind: 'decided',
      outcome: { outcome: 'completed', result: { items: 1, child: 'child', folder: '/tmp/f' } },
    })
    expect(worker.heard.flatMap((message) => (message.kind === 'say' ? [message.said.what] : []))).toEqual([
      'steps',
      'step',
      'progress',
      'progress',
      'used',
      'update',
      'log',
      'log',
    ])
  })

  test('that is refused an answer throws what it was refused with', async () => {
    const worker = new WorkerEnd()
    worker.run('says')
    await worker.hears('ask')
    const error = { code: 'lease_lost', message: 'gone', hint: null, retryable: false }
    worker.tell({ kind: 'refusal', id: 1, error })
    expect(await worker.end()).toEqual({ kind: 'threw', error })
  })

  test('that is told to stop, stops at its next step', async () => {
    const worker = new WorkerEnd()
    worker.run('steps')
    await worker.hears('say')
    worker.tell({ kind: 'stop', reason: { kind: 'cancelled', message: 'enough' } })
    expect(await worker.end()).toEqual({ kind: 'stopped' })
  })

  test('says no more than its worker can take', async () => {
    const worker = new WorkerEnd({ isSlow: true })
    worker.run('steps', 'handle', { input: { steps: 3_000 } })
    expect(await worker.end()).toMatchObject({ kind: 'returned' })
    expect(worker.heard.length).toBeGreaterThan(3_000)
    expect(worker.mostUnsent).toBeLessThan(1_010)
  })

  test.each([
    ['ends', 'handle', { kind: 'returned', value: undefined, isWatched: false }],
    ['ends', 'cleanup', { kind: 'returned', value: undefined, isWatched: false }],
    ['nothing', 'handle', { kind: 'threw', error: expect.objectContaining({ code: 'handler_missing' }) }],
    ['missing', 'handle', { kind: 'threw', error: expect.objectContaining({ code: 'handler_missing' }) }],
    ['fails', 'handle', { kind: 'decided', outcome: expect.objectContaining({ outcome: 'snooze' }), facts: {} }],
  ] as const)('%s: %s', async (name, part, end) => {
    const worker = new WorkerEnd()
    worker.run(name, part)
    expect(await worker.end()).toEqual(end)
  })
})

describe('the table of processes', () => {
  const line = (pid: number, name: string, [parent, session]: readonly [number, number], state = 'S'): string =>
    `${pid} (${name}) ${state} ${parent} 1 ${session} 0 -1 4194304 100 0 0 0 5 5 1 1 20 0 1 0 100 1000000 256 0 0`

  test('is read as Linux writes it, names with brackets and spaces among them', () => {
    expect(parseStat(line(7, 'a) (b c', [1, 7]))).toEqual({
      pid: 7,
      name: 'a) (b c',
      parentPid: 1,
      sessionId: 7,
      cpuMs: 120,
      memoryMb: 1,
      isZombie: false,
    })
    expect(parseStat('nonsense')).toBeNull()
    expect(parseStat('7 (x) S')).toBeNull()
    expect(readProcesses().map(({ pid }) => pid)).toContain(process.pid)
    expect(readProcesses('/nowhere')).toEqual([])
    expect(markedProcesses('X=1', '/nowhere')).toEqual([])
  })

  test('a tree is a session with all that descends from it, but for what has ended', () => {
    const rows = [
      line(10, 'root', [1, 10]),
      line(11, 'child', [10, 10]),
      line(12, 'gone', [10, 12]),
      line(13, 'grandchild', [12, 12]),
      line(14, 'zombie', [10, 10], 'Z'),
      line(20, 'stranger', [1, 20]),
    ].flatMap((text) => parseStat(text) ?? [])
    expect(treeOf(rows, 10).map(({ pid }) => pid)).toEqual([10, 11, 12, 13])
    expect(treeOf(rows, 99)).toEqual([])
  })
})
