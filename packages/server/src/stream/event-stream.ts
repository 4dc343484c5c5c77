import type { FastifyReply } from 'fastify'

/** Comments keep proxies from closing a silent stream. */
const KEEP_ALIVE_MS = 15_000

/** An answer of server-sent events (HTML Living Standard §9.2): text that is written as it comes. */
export interface EventStream {
  /** Bytes that wait in this process. */
  readonly bufferedBytes: number
  /** Aborted when the client has gone or the stream was ended. */
  readonly closed: AbortSignal
  /** @param id what the client sends back as `Last-Event-ID` */
  write(
    data: string,
    options?: { readonly id?: string; readonly event?: string; readonly onFlushed?: () => void },
  ): void
  end(): void
  /** Cuts the connection without waiting for what was written. */
  destroy(): void
}

/** Takes the reply over. Headers that were set before are kept. */
export function openEventStream(reply: FastifyReply): EventStream {
  const closing = new AbortController()
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    ...definedHeaders(reply),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  raw.flushHeaders()
  // There is nothing to tell after the headers, and no end to wait for.
  if (reply.request.method === 'HEAD') raw.end()
  const timer = setInterval(() => raw.write(':\n\n'), KEEP_ALIVE_MS)
  timer.unref()
  raw.once('close', () => {
    clearInterval(timer)
    closing.abort()
  })
  raw.on('error', () => raw.destroy())
  return {
    get bufferedBytes() {
      return raw.writableLength
    },
    closed: closing.signal,
    write: (data, { event, id, onFlushed } = {}) => {
      const lines = [...(id === undefined ? [] : [`id: ${id}`]), ...(event === undefined ? [] : [`event: ${event}`])]
      for (const line of data.split('\n')) lines.push(`data: ${line}`)
      raw.write(`${lines.join('\n')}\n\n`, () => onFlushed?.())
    },
    end: () => {
      clearInterval(timer)
      raw.end()
      closing.abort()
    },
    destroy: () => raw.destroy(),
  }
}

function definedHeaders(reply: FastifyReply): Record<string, string | number | string[]> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).filter(
      (entry): entry is [string, string | number | string[]] => entry[1] !== undefined,
    ),
  )
}
