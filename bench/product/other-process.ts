import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { nowMs } from '../figure.ts'

/** What a worker's process tells: that it is ready, or that a handler started or was told to stop. */
export interface Moment {
  readonly kind: 'ready' | 'started' | 'stopped'
  /** Number of the job, as it stands in its input. */
  readonly n: number
  /** Of the clock that all processes of the machine share. */
  readonly atMs: number
}

/** A worker in a process of its own, and the moments that it tells. */
export class OtherProcess {
  readonly #process: ChildProcess
  readonly #waiting = new Map<string, (moment: Moment) => void>()

  /** Runs a file of this folder's parent and waits until it says that it is ready. */
  static async start(file: string, words: readonly string[]): Promise<OtherProcess> {
    const child = new OtherProcess(fork(join(import.meta.dirname, '..', file), words))
    await child.next('ready', 0)
    return child
  }

  private constructor(process: ChildProcess) {
    this.#process = process
    process.on('message', (message) => {
      const moment = message as Moment
      this.#waiting.get(`${moment.kind} ${moment.n}`)?.(moment)
    })
  }

  next(kind: Moment['kind'], n: number): Promise<Moment> {
    return new Promise((resolve) => this.#waiting.set(`${kind} ${n}`, resolve))
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.disconnect()
    await exited
  }
}

/** Tells a moment to the process that started this one. */
export function tell(kind: Moment['kind'], n: number): void {
  process.send?.({ kind, n, atMs: nowMs() } satisfies Moment)
}
