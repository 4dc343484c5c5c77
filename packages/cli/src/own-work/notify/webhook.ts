import {
  catalogueError,
  type ErrorCode,
  messageOf,
  plainLine,
  problem,
  shownTarget,
  slackPayload,
  teamsPayload,
  webhookPayload,
} from '@andon/core'
import { retryAfterSeconds } from '@andon/sdk'
import { guardedAgent, parseTarget, problemWithin } from '@andon/server'
import { afterError, completed, Decision } from '@andon/worker'
import { Webhook } from 'standardwebhooks'
import { fetch, type RequestInit } from 'undici'
import { VERSION } from '../../version.ts'
import type { Delivery } from './work.ts'

/** From the first look-up to the last byte that is read. */
const TIMEOUT_MS = 15_000
/** Of an answer, so much is read, and so much of a refusal is shown. */
const ANSWER_BYTES = 4_096
const SHOWN_LENGTH = 200
/** A receiver that asks for more patience is asked again after this. */
const LONGEST_WAIT_MS = 86_400_000
/** Answers below 500 that say "later". */
const LATER = new Set([408, 425, 429])

/**
 * Posts a message to a webhook: to public addresses only, without following redirects.
 *
 * @throws rule_not_found, private_address, validation_failed, webhook_failed
 */
export async function postWebhook(delivery: Delivery, allow: readonly string[]): Promise<Decision> {
  const { channel, job } = delivery
  if (channel.kind === 'email') throw problem('rule_not_found', { detail: 'The rule tells by mail now.' })
  const guarded = { allow, field: '/channel/url' }
  const target = parseTarget(channel.url, guarded)
  await job.step(`Post to ${target.host}`)
  const agent = guardedAgent(guarded)
  try {
    const signal = AbortSignal.any([job.signal, AbortSignal.timeout(TIMEOUT_MS)])
    const answer = await fetch(target, { ...requestOf(delivery), dispatcher: agent, redirect: 'manual', signal })
    const text = await beginningOf(answer.body)
    return answer.ok ? taken(delivery, answer.status) : notTaken(delivery, answer, text)
  } catch (error) {
    job.signal.throwIfAborted()
    throw problemWithin(error) ?? unanswered(error, target)
  } finally {
    await agent.destroy()
  }
}

function requestOf({ channel, input, job, secret, url }: Delivery): Pick<RequestInit, 'method' | 'headers' | 'body'> {
  const said = { message: input.message, url }
  const payload =
    channel.kind === 'slack'
      ? slackPayload(said)
      : channel.kind === 'teams'
        ? teamsPayload(said)
        : webhookPayload(said, { isTest: input.is_test, isOver: input.is_over, alertId: input.alert_id })
  const body = JSON.stringify(payload)
  const headers = { 'content-type': 'application/json', 'user-agent': `Andon/${VERSION}` }
  return { method: 'POST', body, headers: { ...headers, ...(secret === null ? {} : signature(secret, job.id, body)) } }
}

/** The headers of the Standard Webhooks convention. The id stays the same however often it is sent. */
function signature(secret: string, jobId: string, body: string): Record<string, string> {
  const id = `msg_${jobId}`
  const at = new Date()
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  }
}

function taken({ channel }: Delivery, status: number): Decision {
  return completed({ status }, `Delivered to ${shownTarget(channel)} (${status})`)
}

/** What may be better later is tried again, not before the receiver wants it. */
function notTaken({ job }: Delivery, answer: Awaited<ReturnType<typeof fetch>>, text: string): Decision {
  const isLater = answer.status >= 500 || LATER.has(answer.status)
  const code: ErrorCode = isLater ? 'webhook_failed' : 'webhook_refused'
  const what =
    answer.status >= 300 && answer.status < 400 ? 'a redirect, which is not followed' : `status ${answer.status}`
  const words = plainLine(text).slice(0, SHOWN_LENGTH)
  const error = catalogueError(code, `It answered with ${what}${words === '' ? '.' : `: ${words}`}`)
  const outcome = afterError(job.claimed, error)
  if (outcome.outcome !== 'retry') return new Decision(outcome)
  const patienceMs = Math.min(LONGEST_WAIT_MS, (retryAfterSeconds(answer) ?? 0) * 1_000)
  return new Decision({ ...outcome, delayMs: Math.max(outcome.delayMs, Math.ceil(patienceMs)) })
}

function unanswered(cause: unknown, target: URL): Error {
  const isLate = cause instanceof Error && cause.name === 'TimeoutError'
  const why = isLate ? ' in time' : causeWords(cause)
  return problem('webhook_failed', { detail: `${target.host} did not answer${why}.`, cause })
}

function causeWords(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error ? `: ${plainLine(messageOf(cause))}` : ''
}

async function beginningOf(body: AsyncIterable<unknown> | null): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    if (!(chunk instanceof Uint8Array)) continue
    chunks.push(chunk)
    size += chunk.byteLength
    if (size >= ANSWER_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8')
}
