import { setTimeout as pause } from 'node:timers/promises'
import { type LogFilter, listLogs } from '@andon/store'
import type { FastifyReply } from 'fastify'
import { requireJob } from '../commands/find-job.ts'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { type EventStream, openEventStream } from '../stream/event-stream.ts'
import type { Transport } from '../stream/outlet.ts'

/** Lines are written in batches, so that asking more often would find little. */
const POLL_MS = 400
/** A reader that has so much unread is not given more until it reads. */
const FULL_BYTES = 256 * 1024
const FINAL_PHASE = 3

export interface FollowedLog {
  readonly actor: Actor
  readonly filter: LogFilter
  readonly jobId: string
}

/**
 * Sends log lines as they are written, until the job has ended and all is sent, or the reader has gone or may read no
 * longer.
 */
export async function followLogs(
  { hub, log, stopping, store }: ServerContext,
  reply: FastifyReply,
  { actor, filter, jobId }: FollowedLog,
): Promise<void> {
  const stream = openEventStream(reply)
  const outlet = hub.connect(actor, endOf(stream))
  stream.closed.addEventListener('abort', () => hub.disconnect(outlet))
  const signal = AbortSignal.any([stream.closed, stopping])
  let { after } = filter
  try {
    while (!signal.aborted) {
      // Looked at before the lines: what is written before the end is then among them.
      const job = await requireJob(store, jobId, actor)
      const lines =
        stream.bufferedBytes > FULL_BYTES ? [] : await listLogs(store, jobId, { ...filter, after, limit: 500 })
      for (const line of lines) stream.write(JSON.stringify(line), { id: String(line.n) })
      after = lines.at(-1)?.n ?? after
      if (lines.length === 0 && job.phase === FINAL_PHASE && stream.bufferedBytes <= FULL_BYTES) break
      if (lines.length < 500) await pause(POLL_MS, undefined, { signal })
    }
    if (!signal.aborted) stream.write('{}', { event: 'end' })
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error }, 'a log could not be followed')
  } finally {
    stream.end()
  }
}

/** What the hub ends when the reader's rights end; it tells nothing there, since the lines are read here. */
function endOf(stream: EventStream): Transport {
  return { bufferedBytes: 0, send: () => undefined, close: () => stream.end() }
}
