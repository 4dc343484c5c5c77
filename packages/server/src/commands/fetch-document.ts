import { problem } from '@andon/core'
import { type Dispatcher, request } from 'undici'
import { guardedAgent, parseTarget, problemWithin } from './guarded-http.ts'

/** Limits of the fetcher of documents. */
export interface FetchLimits {
  /** Private hosts, addresses and networks that are allowed all the same. */
  readonly allow: readonly string[]
  /** Default 50 MiB. */
  readonly maxBytes?: number
  /** From the first look-up to the last byte. Default 20,000. */
  readonly timeoutMs?: number
}

/** A document as it came from its address. */
export interface FetchedDocument {
  readonly bytes: Buffer
  /** As the other side says; `application/octet-stream` when it says nothing. */
  readonly contentType: string
  /** Last part of the address's path; `document` when it has none. */
  readonly name: string
}

const FIELD = '/document_url'
const MAX_BYTES = 50 * 1024 * 1024
const TIMEOUT_MS = 20_000

/**
 * Fetches a document for somebody. Only http and https, no redirects, no credentials in the address, no private
 * addresses.
 *
 * @throws `private_address`, `document_fetch_failed`, `payload_too_large`, `validation_failed`
 */
export async function fetchDocument(url: string, limits: FetchLimits): Promise<FetchedDocument> {
  const guarded = { allow: limits.allow, field: FIELD }
  const target = parseTarget(url, guarded)
  const agent = guardedAgent(guarded)
  try {
    const signal = AbortSignal.timeout(limits.timeoutMs ?? TIMEOUT_MS)
    const answer = await request(target, { dispatcher: agent, signal, headers: { accept: '*/*' } })
    refuseAnswer(answer)
    const bytes = await readBounded(answer.body, limits.maxBytes ?? MAX_BYTES)
    return { bytes, contentType: contentTypeOf(answer), name: nameOf(target) }
  } catch (error) {
    throw asFetchProblem(error)
  } finally {
    await agent.destroy()
  }
}

function refuseAnswer(answer: Dispatcher.ResponseData): void {
  if (answer.statusCode >= 200 && answer.statusCode < 300) return
  answer.body.on('error', () => {}).destroy()
  const what = answer.statusCode < 400 ? 'a redirect, which is not followed' : `status ${answer.statusCode}`
  throw problem('document_fetch_failed', { field: FIELD, detail: `The address answered with ${what}` })
}

async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) {
      throw problem('payload_too_large', {
        field: FIELD,
        detail: 'The document is too large',
        allowed: `at most ${maxBytes} bytes`,
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function contentTypeOf(answer: Dispatcher.ResponseData): string {
  const value = answer.headers['content-type']
  return (Array.isArray(value) ? value[0] : value) ?? 'application/octet-stream'
}

function nameOf(target: URL): string {
  const last = target.pathname.split('/').at(-1) ?? ''
  try {
    const name = decodeURIComponent(last).replaceAll('\0', '').slice(0, 200)
    return name === '' ? 'document' : name
  } catch {
    return 'document'
  }
}

function asFetchProblem(error: unknown): Error {
  const refusal = problemWithin(error)
  if (refusal !== null) return refusal
  const said = error instanceof Error && error.name === 'TimeoutError' ? 'in time' : ''
  return problem('document_fetch_failed', {
    field: FIELD,
    detail: `The address did not answer ${said}`.trim(),
    cause: error,
  })
}
