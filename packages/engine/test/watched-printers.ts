import { createPrinter, SILENT } from '@andon/store'
import { RuleWatch } from '../src/index.ts'
import type { WatchedShop } from './watched-shop.ts'

const ANNA = { name: 'anna' }

/** What happens to the printers of a shop, and to the clock of its rules. */
export function watchedPrinters(shop: WatchedShop) {
  const { rows } = shop
  return {
    printer: (name = 'Zebra') => createPrinter(shop.store, { name, driver: 'virtual', uri: `virtual:${name}` }, ANNA),
    /** Puts one printer, or all, into a state since so many seconds. */
    set: (state: string, ago = 120, reasons: object[] = [], name: string | null = null) =>
      rows(
        `update printer set state = $1, state_since = now() - $2 * interval '1 second', reasons = $3::jsonb
         where $4::text is null or id = (select id from lane where name = $4)`,
        [state, ago, JSON.stringify(reasons), name],
      ),
    /** What was told is longer ago than the quiet time. */
    afterQuiet: () =>
      rows(
        `update alert set told_at = told_at - interval '31 minutes',
           over_told_at = over_told_at - interval '31 minutes'`,
      ),
    /** A look at the rules at a time of day. */
    at: (time: string) =>
      new RuleWatch(shop.store, {
        log: SILENT,
        statesEveryMs: 0,
        now: () => Date.parse(`2026-11-27T${time}Z`),
      }).runOnce(),
    pass: async (times = 1) => {
      for (let n = 0; n < times; n += 1) await shop.watch.runOnce()
    },
  }
}
