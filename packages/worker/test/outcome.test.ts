import type { ClaimedJob, SettleOutcome } from '@andon/core'
import { describe, expect, test } from 'vitest'
import { failed } from '../src/decision.ts'
import { StopReason } from '../src/handler.ts'
import { afterError, afterStop, type RunEnd, settleReport, toJobError } from '../src/outcome.ts'
import { stopReasonOf } from '../src/stop-reason.ts'

const JOB: ClaimedJob = {
  jobId: '0198c5a0-0000-7000-8000-000000000000',
  fence: 1,
  type: 'test.work',
  laneId: 1,
  queueId: 1,
  attempt: 1,
  maxAttempts: 5,
  priority: 'normal',
  isResumed: false,
  externalRef: null,
  input: null,
  description: null,
  createdBy: 'anna',
  createdAt: new Date(0),
  deadlineAt: null,
  itemsTotal: null,
  itemsDone: null,
  itemsFailed: null,
  lostAction: 'requeue',
  retry: null,
}
const END: RunEnd = { hasThrown: false, stopReason: null, isWatched: false }
const ERROR = { code: 'handler_failed', message: 'it broke', hint: null, retryable: true }

describe('a handler that stopped', () => {
  const stopped = (
    kind: StopReason['kind'],
    lostAction: ClaimedJob['lostAction'] = 'requeue',
  ): SettleOutcome['outcome'] => afterStop({ ...JOB, lostAction }, new StopReason(kind, 'because')).outcome

  test('leaves its job cancelled, failed, to be done again, or to be asked about', () => {
    expect([stopped('cancelled'), stopped('killed'), stopped('deadline')]).toEqual(['cancelled', 'cancelled', 'failed'])
    expect([stopped('shutdown'), stopped('lease_lost')]).toEqual(['returned', 'returned'])
    // A print that nobody can prove is never done again by itself.
    expect([stopped('shutdown', 'ask'), stopped('lease_lost', 'ask')]).toEqual(['unconfirmed', 'unconfirmed'])
  })

  test('was asked to by a person, or by the engine because of its deadline', () => {
    const request = { jobId: JOB.jobId, by: 'anna', reason: null, kill: false }
    expect(stopReasonOf(request)).toMatchObject({ kind: 'cancelled', message: 'cancelled by anna' })
    expect(stopReasonOf({ ...request, kill: true, reason: 'stuck' })).toMatchObject({
      kind: 'killed',
      message: 'stuck',
    })
    expect(stopReasonOf({ ...request, by: 'system:deadline' }).kind).toBe('deadline')
  })
})

describe('another try', () => {
  const delay = (job: Partial<ClaimedJob>): number | undefined => {
    const outcome = afterError({ ...JOB, ...job }, ERROR, 0)
    return outcome.outcome === 'retry' ? outcome.delayMs : undefined
  }

  test('comes by the policy of the job, or else by that of prints and of background work', () => {
    expect(delay({ retry: { kind: 'fixed', delaysMs: [7] } })).toBe(7)
    expect(delay({})).toBe(60_000)
    expect(delay({ type: 'print.label' })).toBe(2_000)
    // Written by a newer version: the job ends all the same.
    expect(delay({ retry: { kind: 'by the moon' } })).toBe(60_000)
  })

  test('does not come when the attempts are used up or the error is for good', () => {
    expect(delay({ attempt: 5 })).toBeUndefined()
    expect(afterError(JOB, { ...ERROR, retryable: false }).outcome).toBe('failed')
  })
})

describe('an error that is kept', () => {
  test('has words, whatever was thrown', () => {
    expect(toJobError('out of paper')).toEqual({ ...ERROR, message: 'out of paper', hint: expect.any(String) })
    expect(toJobError(new Error('')).message).toBe('The handler failed without a message.')
    expect(toJobError(Object.create(null)).message).toBe('The handler failed without a message.')
  })

  test('keeps the word of its handler on retrying, and its code where it is one', () => {
    const own = (members: object) => toJobError(Object.assign(new Error('no'), members))
    expect(own({ retryable: false })).toMatchObject({ code: 'handler_failed', retryable: false })
    expect(own({ retryable: false, code: 'ERR_ODD' })).toMatchObject({ code: 'handler_failed', retryable: false })
    expect(own({ retryable: true, code: 'order.gone' })).toMatchObject({ code: 'order.gone', retryable: true })
    expect(own({ retryable: 'yes', code: 'order.gone' })).toMatchObject({ code: 'handler_failed', retryable: true })
  })

  test('tells where it comes from, five causes deep', () => {
    const bare = Object.assign(new Error('no stack'), { stack: undefined })
    const chain = Array.from({ length: 9 }).reduce<Error>((cause, _, n) => new Error(`level ${n}`, { cause }), bare)
    const { traceback = '' } = toJobError(new Error('top', { cause: bare }))
    expect(traceback).toMatch(/^Error: top[^]*caused by: no stack$/)
    expect(toJobError(chain).traceback?.match(/caused by/g)).toHaveLength(4)
  })
})

test('a report carries only texts that a database can keep', () => {
  expect(settleReport(JOB, { ...END, value: () => 'a function' })).toMatchObject({
    outcome: 'completed',
    result: null,
  })
  const odd = { name: 'nul \0', list: ['\ud800', 7, null], 'key \0': true }
  expect(settleReport(JOB, { ...END, value: odd })).toMatchObject({
    result: { name: 'nul ', list: ['\ufffd', 7, null], 'key ': true },
  })
  const error = { ...ERROR, message: 'a\0', detail: 'b\0', traceback: 'c\0', retryable: false }
  const stopReason = new StopReason('cancelled', 'd\0')
  expect(settleReport(JOB, { ...END, hasThrown: true, stopReason })).toMatchObject({ summary: 'd' })
  expect(settleReport(JOB, { ...END, value: failed(error) })).toMatchObject({
    error: { message: 'a', detail: 'b', traceback: 'c' },
  })
})
