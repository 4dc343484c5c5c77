import type { StreamMessage } from '@andon/core'
import type { Actor } from '../policies/actor.ts'
import type { Audience, Batch } from './audience.ts'

/** Bytes that may wait at a client before its updates are gathered instead of sent. */
export const SLOW_BYTES = 64 * 1024
/** Bytes that may wait before the client is cut off. */
export const CUT_BYTES = 1024 * 1024

/** Why the server ends a connection; the text is what the client is told. */
export const CLOSE_REASONS = {
  slow: { code: 4008, text: 'too slow: more than 1 MB was waiting' },
  revoked: { code: 4001, text: 'signed out, or rights have changed' },
  invalid: { code: 4000, text: 'a message could not be understood' },
  stopping: { code: 1001, text: 'the server is stopping' },
} as const
export type CloseReason = keyof typeof CLOSE_REASONS

/** A connection that text can be written to: a WebSocket or a stream of server-sent events. */
export interface Transport {
  /** Bytes handed over that have not left this process. */
  readonly bufferedBytes: number
  /** `onFlushed` is called once the text has left. */
  send(text: string, seq: number, onFlushed: () => void): void
  close(reason: CloseReason): void
}

/** The numbers of the messages of one delivery: all but the last say what was true before it. */
export interface SeqSpan {
  readonly before: number
  readonly after: number
}

/**
 * What one client is told. A client that does not keep up gets the latest of each thing once it reads again; what is
 * gathered for it is bounded by the number of things it subscribed to, and in the end by 1 MB.
 */
export class Outlet {
  actor: Actor
  /** Ids of subscriptions by their audience. */
  readonly subscriptions = new Map<Audience, Set<string>>()
  /** Called when bytes have left, so that a slow client goes on by itself. */
  onFlushed: () => void = () => {}
  readonly #transport: Transport
  readonly #waiting = new Map<Audience, Map<string, string | null>>()
  #waitingBytes = 0
  #holds = 0
  #seq = 0
  #isClosed = false

  constructor(actor: Actor, transport: Transport) {
    this.actor = actor
    this.#transport = transport
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether a message would have to wait behind others. */
  get isBehind(): boolean {
    return this.#holds > 0 || this.#waiting.size > 0 || this.#transport.bufferedBytes > SLOW_BYTES
  }

  /** Up to here the client was told everything; given what those who keep up are told. */
  seqAt(seq: number): number {
    return this.isBehind ? this.#seq : seq
  }

  /** Says one thing at once: answers to what the client asked. */
  say(message: StreamMessage): void {
    if (!this.#isClosed) this.#send(JSON.stringify(message), 'seq' in message ? message.seq : this.#seq)
  }

  /** Tells what has changed for one audience, now or when the client can take it. */
  deliver(audience: Audience, batch: Batch, span: SeqSpan): void {
    if (this.#isClosed) return
    if (this.isBehind) this.#gather(audience, batch.pieces)
    else this.#write(audience, batch, span)
  }

  /** Keeps live messages back until the past is told. */
  hold(): void {
    this.#holds += 1
  }

  /** Tells the past, before what is held back. */
  deliverPast(audience: Audience, batch: Batch, span: SeqSpan): void {
    if (!this.#isClosed) this.#write(audience, batch, span)
  }

  release(seq: number): void {
    this.#holds -= 1
    this.catchUp(seq)
  }

  /** Sends what was gathered if the client reads again. `seq` is what everybody is told up to now. */
  catchUp(seq: number): void {
    if (this.#isClosed || this.#holds > 0 || this.#waiting.size === 0) return
    if (this.#transport.bufferedBytes > SLOW_BYTES) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    this.#waitingBytes = 0
    for (const [index, [audience, pieces]] of waiting.entries()) {
      const isLast = index === waiting.length - 1
      this.#write(audience, audience.compose(pieces), { before: this.#seq, after: isLast ? seq : this.#seq })
    }
  }

  /** Forgets what waits for an audience that the client left. */
  forget(audience: Audience): void {
    for (const json of this.#waiting.get(audience)?.values() ?? []) this.#waitingBytes -= sizeOf(json)
    this.#waiting.delete(audience)
  }

  close(reason: CloseReason): void {
    if (this.#isClosed) return
    this.markClosed()
    this.#transport.close(reason)
  }

  /** The other side has gone. */
  markClosed(): void {
    this.#isClosed = true
    this.#waiting.clear()
  }

  #write(audience: Audience, batch: Batch, span: SeqSpan): void {
    const ids = [...(this.subscriptions.get(audience) ?? [])]
    for (const { text, seq } of batch.messages(ids, span)) if (!this.#isClosed) this.#send(text, seq)
  }

  #gather(audience: Audience, pieces: ReadonlyMap<string, string | null>): void {
    const gathered = this.#waiting.get(audience) ?? new Map<string, string | null>()
    this.#waiting.set(audience, gathered)
    for (const [key, json] of pieces) {
      this.#waitingBytes += sizeOf(json) - (gathered.has(key) ? sizeOf(gathered.get(key)) : 0)
      gathered.set(key, json)
    }
    this.#cutWhenTooMuch()
  }

  #send(text: string, seq: number): void {
    this.#seq = Math.max(this.#seq, seq)
    this.#transport.send(text, seq, () => this.onFlushed())
    this.#cutWhenTooMuch()
  }

  #cutWhenTooMuch(): void {
    if (this.#waitingBytes + this.#transport.bufferedBytes > CUT_BYTES) this.close('slow')
  }
}

function sizeOf(json: string | null | undefined): number {
  return 50 + (json?.length ?? 0)
}
