import type { FastifyReply } from 'fastify'

/** Aborted when the client of a request has gone before it was answered. */
export function clientGone({ raw }: FastifyReply): AbortSignal {
  const leaving = new AbortController()
  raw.once('close', () => leaving.abort())
  if (raw.destroyed) leaving.abort()
  return leaving.signal
}
