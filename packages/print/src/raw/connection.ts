import { connect, type Socket } from 'node:net'
import { networkWords } from '../network.ts'

/** A connection to a device that prints whatever bytes come. All methods settle; none rejects. */
export class RawConnection {
  readonly #socket: Socket
  readonly #onBytes = new Set<() => void>()
  #received = ''
  #error: string | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      this.#received = (this.#received + chunk).slice(-MAX_ANSWER_BYTES)
      this.#wake()
    })
    socket.on('error', (error) => {
      this.#error = error.message
    })
    socket.on('close', () => {
      this.#error ??= 'The device closed the connection.'
      this.#wake()
    })
    socket.on('end', () => socket.destroy())
  }

  /** The connection, or the words of the error. */
  static open(address: { host: string; port: number; timeoutMs: number }): Promise<RawConnection | string> {
    return new Promise((resolve) => {
      const socket = connect({ host: address.host, port: address.port, autoSelectFamily: true })
      const fail = (words: string): void => {
        socket.destroy()
        resolve(words)
      }
      const timer = setTimeout(() => fail(`No connection within ${address.timeoutMs} ms.`), address.timeoutMs)
      socket.once('error', (error) => {
        clearTimeout(timer)
        fail(networkWords(error))
      })
      socket.once('connect', () => {
        clearTimeout(timer)
        resolve(new RawConnection(socket))
      })
    })
  }

  /** What ended the connection; null while it is open. */
  get error(): string | null {
    return this.#socket.destroyed ? (this.#error ?? 'The connection was closed.') : this.#error
  }

  /**
   * Hands data to the network. Resolves true when the last byte was handed over, which says nothing of the device;
   * false when the connection ended before. `onStuck` is called each time nothing moved for `stuckMs`.
   */
  write(data: Uint8Array, stuck?: { stuckMs: number; onStuck: () => void }): Promise<boolean> {
    if (this.error !== null) return Promise.resolve(false)
    return new Promise((resolve) => {
      const timer = stuck === undefined ? undefined : setInterval(stuck.onStuck, stuck.stuckMs)
      const finish = (isSent: boolean): void => {
        clearInterval(timer)
        this.#socket.off('close', onClose)
        resolve(isSent)
      }
      const onClose = (): void => finish(false)
      this.#socket.once('close', onClose)
      this.#socket.write(data, (error) => finish(error === null || error === undefined))
    })
  }

  /**
   * Sends a question and waits for an answer; what was received before is forgotten.
   *
   * @param read the answer out of what was received so far; null while it is not whole
   * @returns null when the device was silent for `timeoutMs`, or the connection ended
   */
  async ask<T>(question: Uint8Array, read: (received: string) => T | null, timeoutMs: number): Promise<T | null> {
    this.#received = ''
    const deadline = Date.now() + timeoutMs
    void this.write(question)
    for (;;) {
      const answer = read(this.#received)
      if (answer !== null) return answer
      const restMs = deadline - Date.now()
      if (this.error !== null || restMs <= 0) return null
      await this.#bytes(restMs)
    }
  }

  /** What was received since the last question; for answers that come by themselves. */
  get received(): string {
    return this.#received
  }

  /** Ends the connection after what was written; resolves when the device has ended it too, or after `timeoutMs`. */
  end(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve()
      const timer = setTimeout(() => this.#socket.destroy(), timeoutMs)
      this.#socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      this.#socket.end()
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #bytes(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer)
        this.#onBytes.delete(finish)
        resolve()
      }
      const timer = setTimeout(finish, timeoutMs)
      this.#onBytes.add(finish)
    })
  }

  #wake(): void {
    for (const wake of this.#onBytes) wake()
  }
}

/** Answers are short; whatever else a device sends is forgotten from the front. */
const MAX_ANSWER_BYTES = 8_192
