import { uuidFloor } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'

/** What the printers of a station did in a period. */
export interface StationStatsRow {
  printed: number
  failed: number
  cancelled: number
  labels_printed: number
  retries: number
  last_printed_at: Date | null
}

/** History is found by when a job was made: jobs that waited longer than this before the period are not counted. */
const LONGEST_WAIT_MS = 7 * 86_400_000

const STATION_STATS = statement(
  'station_stats',
  `select count(*) filter (where state = 4)::int as printed, count(*) filter (where state in (5, 6))::int as failed,
     count(*) filter (where state = 7)::int as cancelled,
     coalesce(sum(coalesce(items_done, case when state = 4 then 1 end)), 0)::int as labels_printed,
     coalesce(sum(greatest(attempt - 1, 0)), 0)::int as retries,
     max(finished_at) filter (where state in (4, 5)) as last_printed_at
   from job_done
   where id >= $2 and finished_at >= $3 and finished_at < $4
     and coalesce(printer_id, queue_id) in (select id from printer where station_id = $1)`,
)

/** What the station's printers, as they are now, did from `since` until `until`. */
export async function stationStats(
  db: Queryable,
  stationId: number,
  period: { readonly since: Date; readonly until: Date },
): Promise<StationStatsRow> {
  const { since, until } = period
  const from = uuidFloor(since.getTime() - LONGEST_WAIT_MS)
  return onlyRow(await db.query<StationStatsRow>(STATION_STATS, [stationId, from, since, until]))
}
