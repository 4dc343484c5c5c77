import { type PressRecord, type PressRecords, problem } from '@andon/core'

/** Years that every part of the shop can keep. */
const YEARS = { first: 1, last: 9999 }

/**
 * The records of a request with their times in UTC: RFC 3339 allows offsets and years that PostgreSQL does not take.
 *
 * @throws `validation_failed` naming the record
 */
export function pressRecords(body: PressRecords): PressRecord[] {
  if (!Array.isArray(body)) return [inUtc(body, '')]
  return body.map((record, index) => inUtc(record, `/${index}`))
}

function inUtc(record: PressRecord, field: string): PressRecord {
  const { job_complete_time: text } = record
  if (text === undefined || text === null) return record
  // A leap second, which only seconds can be, is taken as the second before it.
  const time = new Date(text.replace(':60', ':59'))
  const year = time.getUTCFullYear()
  if (year >= YEARS.first && year <= YEARS.last) return { ...record, job_complete_time: time.toISOString() }
  throw problem('validation_failed', {
    field: `${field}/job_complete_time`,
    detail: 'The time is in no year from 1 to 9999.',
    allowed: 'a time such as 2026-11-22T08:00:00Z',
  })
}
