import { problem, Words } from '@andon/core'
import { Type } from 'typebox'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { BOARD } from '../policies/board.ts'
import { type EventStream, openEventStream } from '../stream/event-stream.ts'
import type { Subscribe } from '../stream/hub.ts'
import { CLOSE_REASONS, type Transport } from '../stream/outlet.ts'

const TOPICS = ['jobs', 'job', 'printers', 'queues', 'board', 'floor', 'alerts', 'toasts'] as const

const StreamQuery = Type.Object({
  topic: Words(TOPICS),
  q: Type.Optional(Type.String({ maxLength: 2000 })),
  job_id: Type.Optional(Type.String({ format: 'uuid' })),
  since: Type.Optional(Type.Integer({ minimum: 0 })),
})

/** Name of the one subscription of a stream of server-sent events. */
const SUBSCRIPTION = 'stream'

/** The live stream as server-sent events: one topic for each. */
export function streamRoutes(context: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/stream',
      tag: 'stream',
      summary: 'What changes, as server-sent events; `Last-Event-ID` or `since` resumes',
      policy: BOARD.stream,
      query: StreamQuery,
      answer: { status: 200, schema: null, type: 'text/event-stream' },
      run: async ({ actor, query, request, reply }) => {
        const since = query.since ?? lastEventId(request.headers['last-event-id'])
        const subscribe: Subscribe = {
          type: 'subscribe',
          id: SUBSCRIPTION,
          ...query,
          ...(since === undefined ? {} : { since }),
        }
        context.hub.checkSubscribe(actor, subscribe)
        const stream = openEventStream(reply)
        const outlet = context.hub.connect(actor, transportOf(stream))
        stream.closed.addEventListener('abort', () => context.hub.disconnect(outlet))
        await context.hub.subscribe(outlet, subscribe).catch((error: unknown) => {
          context.log.warn({ err: error }, 'a stream could not be started')
          stream.end()
        })
        return reply
      },
    }),
  ]
}

/** @throws `validation_failed` for an id that this server never gave */
function lastEventId(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined
  const since = Number(header)
  if (Number.isSafeInteger(since) && since >= 0) return since
  throw problem('validation_failed', { field: 'Last-Event-ID', detail: 'Last-Event-ID is no number of an event' })
}

function transportOf(stream: EventStream): Transport {
  return {
    get bufferedBytes() {
      return stream.bufferedBytes
    },
    send: (text, seq, onFlushed) => stream.write(text, { id: String(seq), onFlushed }),
    close: (reason) => {
      const { text } = CLOSE_REASONS[reason]
      // To one that does not read nothing more is written.
      if (reason !== 'slow') stream.write(JSON.stringify({ reason, detail: text }), { event: 'close' })
      stream.end()
      if (reason === 'slow') stream.destroy()
    },
  }
}
