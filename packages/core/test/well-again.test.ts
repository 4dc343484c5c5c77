import { describe, expect, test } from 'vitest'
import { isRecovering, wellAgainMessage } from '../src/index.ts'

describe('what is well again', () => {
  const facts = {
    rule: { name: 'Printers', watches: 'a printer is down' },
    occurrence: { level: 'error', title: 'Zebra: offline', what: null, hint: 'x', path: '/printers/Zebra', job: null },
    openedAt: new Date('2026-11-26T14:00:00Z'),
    closedAt: new Date('2026-11-26T14:12:00Z'),
  } as const

  test.each([
    [{ on: 'printer_down' }, 'Zebra', 'Zebra is well again'],
    [{ on: 'printer_down' }, '', 'All printers are well again'],
    [{ on: 'printer_down', printer: 'Zebra' }, '', 'Zebra is well again'],
    [{ on: 'station_down', station: 'Desk' }, '', 'Station Desk is well again'],
    [{ on: 'station_down' }, '', 'All stations are well again'],
    [{ on: 'queue_waiting', over_s: 60 }, 'reports', 'Jobs of reports no longer wait too long'],
    [{ on: 'queue_waiting', over_s: 60 }, '', 'No job waits too long any more'],
    [{ on: 'worker_lost' }, 'mill', 'Worker mill is back'],
    [{ on: 'worker_lost', worker: 'mill' }, '', 'Worker mill is back'],
    [{ on: 'worker_lost' }, '', 'All lost workers are back'],
  ] as const)('is said in words of %o "%s"', (condition, key, title) => {
    const message = wellAgainMessage({ ...facts, condition, key })
    expect(message).toMatchObject({ level: 'success', title, times: 1, hint: null, path: '/printers/Zebra' })
    expect(message.what).toBe('“Zebra: offline” is over; it lasted 12 min.')
  })

  test('are printers, stations, queues and workers', () => {
    expect(isRecovering({ on: 'worker_lost' })).toBe(true)
    expect(isRecovering({ on: 'job_failed' })).toBe(false)
  })
})
