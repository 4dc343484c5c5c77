import { describe, expect, test } from 'vitest'
import {
  AndonError,
  catalogueError,
  ERRORS,
  errorEntry,
  isErrorCode,
  isProblem,
  codeOf,
  messageOf,
  problem,
  toProblemDocument,
} from '../src/errors.ts'

describe('the catalogue', () => {
  test.each(Object.entries(ERRORS))('%s is complete', (code, entry) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(entry.title).toMatch(/^[A-Z].*[^.]$/)
    expect(entry.hint).toMatch(/^[A-Z]/)
    expect(entry.status === null || (entry.status >= 400 && entry.status < 600)).toBe(true)
  })

  test('knows its codes and no others', () => {
    expect(isErrorCode('job_not_found')).toBe(true)
    expect(isErrorCode('toString')).toBe(false)
    expect(errorEntry('queue_full')?.retryable).toBe(true)
    expect(errorEntry('customer_unknown')).toBeUndefined()
  })
})

describe('problem', () => {
  test('takes title, hint and status from the catalogue', () => {
    const error = problem('job_not_found')
    expect(error).toBeInstanceOf(AndonError)
    expect(error).toMatchObject({ status: 404, message: 'There is no such job', field: null, allowed: null })
    expect(error.cause).toBeUndefined()
  })

  test('keeps what is known about the occurrence', () => {
    const cause = new Error('socket hang up')
    const error = problem('printer_unreachable', { detail: 'No route to 10.0.0.7', hint: 'Ask Anna', cause })
    expect(error.message).toBe('No route to 10.0.0.7')
    expect(error.hint).toBe('Ask Anna')
    expect(error.cause).toBe(cause)
    expect(error.retryAfterMs).toBeNull()
    expect(problem('rate_limited', { extra: { retry_after_s: 2 } }).retryAfterMs).toBe(2000)
  })

  test('answers 500 for codes that have no status', () => {
    expect(problem('worker_lost').status).toBe(500)
  })

  test('can be asked for', () => {
    expect(isProblem(problem('disk_full'))).toBe(true)
    expect(isProblem(problem('disk_full'), 'disk_full')).toBe(true)
    expect(isProblem(problem('disk_full'), 'internal')).toBe(false)
    expect(isProblem(new Error('disk_full'))).toBe(false)
  })

  test('is kept with a job in its own words or in those of the catalogue', () => {
    const { title, hint } = ERRORS.printer_offline
    expect(catalogueError('printer_offline', 'no answer')).toEqual({
      code: 'printer_offline',
      message: 'no answer',
      hint,
      retryable: true,
    })
    expect(catalogueError('printer_offline', '').message).toBe(title)
  })

  test('has words for whatever was thrown', () => {
    expect([new Error('no route'), problem('internal', { detail: 'odd' }), 'text', null].map(messageOf)).toEqual([
      'no route',
      'odd',
      'text',
      'null',
    ])
  })
})

test('codeOf finds a code in whatever was thrown', () => {
  const thrown = [
    Object.assign(new Error(''), { code: 'ENOENT' }),
    { code: '42P01' },
    { code: 7 },
    new Error(''),
    'no',
    null,
  ]
  expect(thrown.map(codeOf)).toEqual(['ENOENT', '42P01', '', '', '', ''])
})

describe('toProblemDocument', () => {
  test('names field and what is allowed', () => {
    const error = problem('items_out_of_range', { detail: '501 items', field: '/items', allowed: '1 to 500' })
    expect(toProblemDocument(error, 'req-1')).toEqual({
      type: 'urn:andon:error:items_out_of_range',
      title: 'A batch needs 1 to 500 items',
      status: 400,
      detail: '501 items',
      code: 'items_out_of_range',
      hint: ERRORS.items_out_of_range.hint,
      request_id: 'req-1',
      retryable: false,
      field: '/items',
      allowed: '1 to 500',
    })
  })

  test('carries several fields and extra members, which cannot replace the standard ones', () => {
    const errors = [{ field: '/name', detail: 'is empty' }]
    const document = toProblemDocument(problem('validation_failed', { errors, extra: { state: 'x', status: 1 } }), 'r')
    expect(document).toMatchObject({ errors, state: 'x', status: 400 })
  })

  test('says nothing about unknown errors', () => {
    const document = toProblemDocument(new Error('password=hunter2'), 'r')
    expect(document.code).toBe('internal')
    expect(JSON.stringify(document)).not.toContain('hunter2')
  })
})
