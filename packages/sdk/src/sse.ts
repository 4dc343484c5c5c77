/** One server-sent event. */
export interface ServerSentEvent {
  readonly data: string
  /** `message` unless the server named it. */
  readonly event: string
  /** The last id that the stream gave; empty before the first. */
  readonly id: string
}

/** A line longer than this is not from Andon: the stream is given up rather than kept in memory. */
const LONGEST_EVENT = 4 * 1024 * 1024

/** Reads a `text/event-stream` (WHATWG HTML §9.2.6). Comments and `retry` are passed over. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, void, undefined> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  let fields: Fields = { data: [], event: 'message', id: '' }
  try {
    while (true) {
      const { done, value } = await reader.read()
      if (done) return
      rest += decoder.decode(value, { stream: true })
      const lines = rest.split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop() ?? ''
      if (rest.length > LONGEST_EVENT) throw new Error('an event of the stream is too long')
      for (const line of lines) {
        if (line !== '') addField(fields, line)
        else {
          if (fields.data.length > 0) yield { data: fields.data.join('\n'), event: fields.event, id: fields.id }
          fields = { data: [], event: 'message', id: fields.id }
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

interface Fields {
  readonly data: string[]
  event: string
  id: string
}

function addField(fields: Fields, line: string): void {
  const colon = line.indexOf(':')
  const name = colon < 0 ? line : line.slice(0, colon)
  const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
  if (name === 'data') fields.data.push(value)
  else if (name === 'event') fields.event = value === '' ? 'message' : value
  else if (name === 'id' && !value.includes('\0')) fields.id = value
}
