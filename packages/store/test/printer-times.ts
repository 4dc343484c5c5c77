import { beforeAll, describe, expect, test } from 'vitest'
import { readAvailability } from '../src/index.ts'
import { BEFORE, type Shop, SINCE, UNTIL } from './analytics-shop.ts'
import type { Bench } from './fixtures.ts'

/** How long printers were in which state, over a shop whose analytics are looked at. */
export function printerTimes(bench: () => Bench, lanes: () => Shop['lanes']): void {
  describe('the time of printers', () => {
    const MEDIA =
      '[{"reason":"toner-low","severity":"info","raw":"x"},{"reason":"media-empty","severity":"error","raw":"x"}]'
    const tell = (printer: string, at: string, state: string, reasons = '[]') =>
      bench().rows(`insert into event (kind, topic, at, data) values (50, 'printer:' || $1::int, $2, $3)`, [
        lanes()[printer],
        at,
        `{"state": "${state}", "reasons": ${reasons}}`,
      ])

    beforeAll(async () => {
      await tell('Label 01', '2026-09-02T00:00:00Z', 'idle')
      await bench().rows(
        `insert into event (kind, topic, at, data) values (50, 'printer:' || $1::int, '2026-09-03Z', '{"created": true}')`,
        [lanes()['Label 01']],
      )
      // Ten hours before the period until ten hours into it.
      await tell('Label 01', '2026-10-16T12:00:00Z', 'stopped', MEDIA)
      await tell('Label 01', '2026-10-17T08:00:00Z', 'processing')
      await tell('Label 01', '2026-10-17T09:00:00Z', 'offline')
      await tell('Label 01', '2026-10-17T09:30:00Z', 'idle')
      await tell('Label 01', '2026-11-05T00:00:00Z', 'stopped', MEDIA)
      // Nothing is known of it before this; it is taken away within the period.
      await tell('Badge 01', '2026-10-20T22:00:00Z', 'idle')
      await bench().rows(`update lane set removed_at = '2026-10-21T22:00:00Z' where name = 'Badge 01'`)
      await bench().rows(
        `insert into event (kind, topic, at, data)
         select 50, 'printer:' || $1::int, '2026-10-02Z'::timestamptz + n * interval '1061 seconds', jsonb_build_object(
           'state', (array['idle', 'processing', 'stopped', 'processing', 'offline'])[1 + n % 5],
           'reasons', case when n % 5 = 2 then jsonb_build_array(jsonb_build_object('severity', 'error',
             'reason', (array['media-jam', 'cover-open', 'made-up'])[1 + n / 5 % 3])) else '[]' end)
         from generate_series(0, 2000) n`,
        [lanes()['Label 02']],
      )
    })

    test('is what lies between its events, from the last one before the period on', async () => {
      const { current, previous } = await readAvailability(bench().store, {
        since: SINCE,
        until: UNTIL,
        printer: 'Label 01',
      })
      const hours = (n: number) => n * 3_600
      const whole = (UNTIL.getTime() - SINCE.getTime()) / 1_000
      expect(current.printers).toEqual([
        {
          name: 'Label 01',
          seconds: {
            idle: whole - hours(11.5),
            processing: hours(1),
            stopped: hours(10),
            offline: hours(0.5),
            unknown: 0,
          },
          available: (whole - hours(10.5)) / whole,
          stopped: [
            { reason: 'media-empty', title: expect.stringMatching(/\w/), seconds: hours(10) },
            { reason: null, title: 'No reason given', seconds: hours(0.5) },
          ],
        },
      ])
      expect(previous.printers[0]?.seconds).toMatchObject({ idle: whole - hours(10), stopped: hours(10) })
    })

    test('is unknown before the first event, and ends when the printer is taken away', async () => {
      const { current, previous } = await readAvailability(bench().store, {
        since: SINCE,
        until: UNTIL,
        printer: 'Badge 01',
      })
      expect(current.printers).toMatchObject([
        { seconds: { unknown: 4 * 86_400, idle: 86_400, stopped: 0 }, available: 1, stopped: [] },
      ])
      expect(previous.printers).toMatchObject([{ available: null, seconds: { idle: 0 } }])
      expect(
        (await readAvailability(bench().store, { since: SINCE, until: UNTIL, printer: 'Nobody' })).current,
      ).toMatchObject({
        printers: [],
        available: null,
      })
    })

    test('adds up to every second of many events, by state and by reason', async () => {
      const { current, previous } = await readAvailability(bench().store, { since: SINCE, until: UNTIL, printer: null })
      expect(current.printers.map(({ name }) => name)).toEqual(['Badge 01', 'Label 01', 'Label 02'])
      const events = await bench().rows<{ at: Date; state: string; reason: string | null }>(
        `select at, data->>'state' as state, data->'reasons'->0->>'reason' as reason from event where topic = $1 order by at`,
        [`printer:${lanes()['Label 02']}`],
      )
      for (const [period, since, until] of [
        [current, SINCE, UNTIL],
        [previous, BEFORE, SINCE],
      ] as const) {
        const time = new Map<string, number>()
        for (const [place, { at, reason, state }] of events.entries()) {
          const to = Math.min((events[place + 1]?.at ?? until).getTime(), until.getTime())
          const seconds = Math.max(0, to - Math.max(at.getTime(), since.getTime())) / 1_000
          for (const key of [state, ...(reason === null ? [] : [reason])]) time.set(key, (time.get(key) ?? 0) + seconds)
        }
        const own = period.printers.find(({ name }) => name === 'Label 02')
        for (const state of ['idle', 'processing', 'stopped', 'offline'] as const)
          expect(own?.seconds[state], state).toBeCloseTo(time.get(state) ?? 0, 3)
        for (const reason of ['media-jam', 'cover-open', 'made-up'])
          expect(own?.stopped.find((each) => each.reason === reason)?.seconds, reason).toBeCloseTo(
            time.get(reason) ?? 0,
            3,
          )
      }
    })

    test('never runs ahead of the clock', async () => {
      const since = new Date(Date.now() - 3_600_000)
      const until = new Date(Date.now() + 30 * 86_400_000)
      const { current } = await readAvailability(bench().store, { since, until, printer: 'Label 01' })
      const seconds = Object.values(current.printers[0]?.seconds ?? {}).reduce((sum, n) => sum + n, 0)
      expect(seconds).toBeLessThan((Date.now() - since.getTime()) / 1_000 + 1)
    })
  })
}
