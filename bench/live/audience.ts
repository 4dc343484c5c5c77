import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A process has no more than so many clients, since it may open only so many files. */
const CLIENTS_PER_PROCESS = 2_500

/** What all clients heard since it was asked last. */
export interface Heard {
  /** Milliseconds from a change until a client had the message, of each message. */
  readonly ages: number[]
  /** Clients that were cut off so far. */
  readonly closed: number
}

/** Clients of a live stream in processes of their own. */
export class ClientProcesses implements AsyncDisposable {
  readonly #children: readonly ChildProcess[]

  /** Opens one client for each subscription. */
  static async open(url: string, token: string, subscriptions: readonly object[]): Promise<ClientProcesses> {
    const children: ChildProcess[] = []
    for (let at = 0; at < subscriptions.length; at += CLIENTS_PER_PROCESS) {
      const child = fork(join(import.meta.dirname, 'socket-clients.ts'), [url, token])
      child.send(subscriptions.slice(at, at + CLIENTS_PER_PROCESS))
      children.push(child)
    }
    await Promise.all(children.map((child) => once(child, 'message')))
    return new ClientProcesses(children)
  }

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children
  }

  async heard(): Promise<Heard> {
    const all = await Promise.all(
      this.#children.map(async (child) => {
        const answer = once(child, 'message')
        child.send('ages')
        const [heard] = (await answer) as [Heard]
        return heard
      }),
    )
    return { ages: all.flatMap(({ ages }) => ages), closed: all.reduce((sum, { closed }) => sum + closed, 0) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        const exited = once(child, 'exit')
        child.disconnect()
        await exited
      }),
    )
  }
}
