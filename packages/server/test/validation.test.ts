import { ConfirmJob, CreateJob, CreateJobs, isProblem, RetryJob, SnoozeJob } from '@andon/core'
import fc from 'fast-check'
import { type TSchema, Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { validatorOf } from '@andon/core/requests'
import { compileValidator } from '../src/http/validation.ts'

function refusalOf(schema: TSchema, value: unknown): unknown {
  try {
    validatorOf(schema, 'body')(value)
  } catch (error) {
    return isProblem(error) ? { field: error.field, allowed: error.allowed, detail: error.detail } : error
  }
  return null
}

describe('a refusal names the field and what is allowed', () => {
  const OneOrMany = Type.Union([CreateJob, CreateJobs])

  test.each([
    ['a word of several', RetryJob, { items: 'some' }, { field: '/items', allowed: ['all', 'failed', 'object'] }],
    ['inside the shape that was meant', RetryJob, { items: { from: -1 } }, { field: '/items/from' }],
    ['a shape without its word', CreateJob, { type: 'a', retry: { kind: 'fixed' } }, { field: '/retry/delays_ms' }],
    [
      'no word of any shape',
      CreateJob,
      { type: 'a', retry: { kind: 'never' } },
      { field: '/retry/kind', allowed: ['fixed', 'exponential'] },
    ],
    ['one of two bodies', OneOrMany, { type: 'A B' }, { field: '/type' }],
    ['the other of two bodies', OneOrMany, { jobs: [{ type: 'a' }, {}] }, { field: '/jobs/1/type' }],
    ['neither of two bodies', OneOrMany, 'x', { field: '', allowed: ['object'] }],
    ['a member that nobody knows', ConfirmJob, { printd: true }, { field: '/printed' }],
    ['its siblings', ConfirmJob, { printed: true, nte: '' }, { field: '/nte', allowed: ['printed', 'from', 'note'] }],
  ])('%s', (_, schema, value, expected) => {
    expect(refusalOf(schema, value)).toMatchObject(expected)
  })

  test.each([
    '2026-12-31T23:59:60Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59-23:00',
    '2026-02-30T00:00:00Z',
    'now',
  ])('a time that cannot be kept: %s', (until) => {
    expect(refusalOf(SnoozeJob, { until })).toMatchObject({
      field: '/until',
      allowed: expect.stringContaining('2026-11-26T14:30:00Z'),
    })
  })
})

describe('parameters', () => {
  const schema = Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1 })), all: Type.Optional(Type.Boolean()) })
  const query = compileValidator({ schema, method: 'GET', url: '/', httpPart: 'querystring' })

  test('are numbers only when they are written as one', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('1.5', '0x10', '1e2', ' 7')),
        (limit) => {
          const isNumber = /^\d{1,16}$/.test(limit) && Number(limit) >= 1 && Number.isSafeInteger(Number(limit))
          const answer: unknown = query({ limit })
          if (isNumber) expect(answer).toEqual({ value: { limit: Number(limit) } })
          else expect(answer).toMatchObject({ error: { code: 'validation_failed', field: 'limit' } })
        },
      ),
    )
  })

  test('that nobody knows are refused with those that there are', () => {
    expect(query({ limt: '5', all: 'true' })).toMatchObject({
      error: { code: 'validation_failed', field: 'limt', allowed: ['limit', 'all'] },
    })
  })
})
