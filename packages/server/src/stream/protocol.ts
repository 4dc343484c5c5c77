import { asProblem } from '../http/problems.ts'
import { parseGuardedJson } from '../http/json-guard.ts'
import { validatorOf } from '@andon/core/requests'
import { StreamRequest } from '@andon/core'
import type { StreamHub } from './hub.ts'
import type { Outlet } from './outlet.ts'

/** Messages of a client that may wait for an answer; more come from a client that does not listen to its answers. */
const MAX_UNANSWERED = 200

const check = validatorOf(StreamRequest, 'body')

/** Answers the messages of one client in their order. Every wrong one is answered with an error and changes nothing. */
export class Conversation {
  readonly #hub: StreamHub
  readonly #outlet: Outlet
  #unanswered = 0
  #last: Promise<void> = Promise.resolve()

  constructor(hub: StreamHub, outlet: Outlet) {
    this.#hub = hub
    this.#outlet = outlet
  }

  receive(message: Uint8Array): void {
    this.#unanswered += 1
    if (this.#unanswered > MAX_UNANSWERED) return this.#outlet.close('invalid')
    this.#last = this.#last.then(() => this.#answer(message)).finally(() => (this.#unanswered -= 1))
  }

  async #answer(message: Uint8Array): Promise<void> {
    let id: string | undefined
    try {
      // The schema has just checked it.
      const request = check(parseGuardedJson(message)) as StreamRequest
      if (request.type !== 'ping') id = request.id
      if (request.type === 'subscribe') await this.#hub.subscribe(this.#outlet, request)
      else if (request.type === 'unsubscribe') this.#hub.unsubscribe(this.#outlet, request.id)
      else this.#outlet.say({ type: 'pong', seq: this.#outlet.seqAt(this.#hub.seq) })
    } catch (error) {
      const { code, detail } = asProblem(error)
      this.#outlet.say({ type: 'error', ...(id === undefined ? {} : { id }), code, detail })
    }
  }
}
