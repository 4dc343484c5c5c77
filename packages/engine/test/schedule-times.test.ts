import { describe, expect, test } from 'vitest'
import { cronWords, missedRuns, nextRun, nextRuns } from '../src/index.ts'

describe('times of schedules', () => {
  const at = (text: string): Date => new Date(text)

  test('in the zone of the schedule, across clock changes', () => {
    expect(nextRun('30 6 * * *', 'Europe/Berlin', at('2026-03-28T12:00:00Z'))).toEqual(at('2026-03-29T04:30:00Z'))
    // 02:30 does not exist on that day.
    expect(nextRun('30 2 * * *', 'Europe/Berlin', at('2026-03-28T12:00:00Z'))).toEqual(at('2026-03-29T01:00:00Z'))
    // 02:30 comes twice on that day and counts once.
    expect(nextRuns('30 2 * * *', 'Europe/Berlin', { after: at('2026-10-24T12:00:00Z'), count: 2 })).toEqual([
      at('2026-10-25T00:30:00Z'),
      at('2026-10-26T01:30:00Z'),
    ])
    expect(nextRun('0 0 30 2 *', 'UTC', at('2026-01-01T00:00:00Z'))).toBeNull()
  })

  test('counts the times between two moments, however many', () => {
    const hourly = (after: string, until: string) =>
      missedRuns('0 * * * *', 'UTC', { after: at(after), until: at(until) })
    expect(hourly('2026-01-01T10:00:00Z', '2026-01-01T10:59:59Z')).toBe(0)
    expect(hourly('2026-01-01T10:00:00Z', '2026-01-01T13:00:00Z')).toBe(3)
    expect(hourly('2026-01-01T10:00:00Z', '2027-01-01T10:00:00Z')).toBe(100)
    const never = { after: at('2026-01-01T00:00:00Z'), until: at('2027-01-01T00:00:00Z') }
    expect(missedRuns('0 0 30 2 *', 'UTC', never)).toBe(0)
  })

  test('have words, where there are some', () => {
    expect(cronWords('0 6 * * MON-FRI')).toBe('At 06:00, Monday through Friday')
    expect(cronWords('when I feel like it')).toBeNull()
  })

  test('says what is wrong', () => {
    for (const [cron, why] of [
      ['every day', 'it has 2 parts'],
      ['@fullmoon', 'it has 1 part '],
      ['0 6 * * * * *', 'it has 7 parts'],
      ['0 6 * * NOONE', 'not a cron expression'],
      ['61 6 * * *', 'not a cron expression'],
    ] as const) {
      const refusal = { field: '/cron', detail: expect.stringContaining(why) }
      expect(() => nextRun(cron, 'UTC', new Date())).toThrow(expect.objectContaining(refusal))
    }
    expect(() => nextRun('* * * * *', 'Mars/Base', new Date())).toThrow(
      expect.objectContaining({ field: '/time_zone' }),
    )
  })
})
