import { uuidPrefixRange } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { firstRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { cleanedJob } from './cleanup.ts'
import { type JobRow, jobRows } from './job-row.ts'
import type { JobExtras } from './job-view.ts'
import { mayReadAll, type Visibility } from './visibility.ts'

// Two more than a unique prefix has, so that the refusal can name candidates.
const CANDIDATES = 10

const IDS_IN_RANGE = statement(
  'job_ids_in_range',
  `select id from job_any
where id between $1::uuid and $2::uuid
  and ($3::int is null or account_id = $3 or type_id in (select id from job_type where name like 'print.%'))
order by id desc
limit $4`,
)

const JOB_EXTRAS = statement(
  'job_extras',
  `select j.input, j.result,
  array(select p.job_id from job_parent p where p.parent_id = j.id order by p.job_id limit 500) as children
from job_any j
where j.id = $1::uuid`,
)

const JOB_INPUTS = statement('job_inputs', 'select id, input from job_any where id = any($1::uuid[])')

const TYPE_MEANS = statement(
  'job_type_means',
  `select type_id, avg(extract(epoch from finished_at - started_at))::float8 * 1000 as mean_ms
from (
  select type_id, started_at, finished_at from job_done
  where state in (4, 5) and started_at is not null
  order by id desc
  limit 3000
) newest
group by type_id`,
)

/** One job; null when there is none, or when the reader may not see it. */
export async function getJob(db: Queryable, id: string, visible: Visibility): Promise<JobRow | null> {
  const rows = await getJobs(db, [id], visible)
  return rows[0] ?? null
}

/** The jobs of these ids that the reader may see, newest first. */
export async function getJobs(db: Queryable, ids: readonly string[], visible: Visibility): Promise<JobRow[]> {
  const rows = await jobRows(db, ids)
  return mayReadAll(visible) ? rows : rows.filter((row) => maySee(row, visible))
}

/** Whether the reader may see the job: everything, or their own and all prints. */
export function maySee(row: Pick<JobRow, 'account_id' | 'type'>, visible: Visibility): boolean {
  return mayReadAll(visible) || row.account_id === visible.accountId || row.type.startsWith('print.')
}

/**
 * Ids that begin with what a person typed (4 to 36 characters), newest first, at most ten; empty when it cannot be
 * the beginning of an id.
 */
export async function jobIdsByPrefix(db: Queryable, prefix: string, visible: Visibility): Promise<string[]> {
  const range = uuidPrefixRange(prefix)
  if (range === null) return []
  const accountId = mayReadAll(visible) ? null : visible.accountId
  const rows = await db.query<{ id: string }>(IDS_IN_RANGE, [range.from, range.to, accountId, CANDIDATES])
  return rows.map((row) => row.id)
}

/** Payloads and children of one job; null when there is no such job. */
export async function jobExtras(db: Queryable, id: string): Promise<JobExtras | null> {
  const extras = firstRow(await db.query<Omit<JobExtras, 'cleaned'>>(JOB_EXTRAS, [id]))
  return extras === null ? null : { ...extras, cleaned: await cleanedJob(db, id) }
}

/** What each of these jobs was given, by id. */
export async function jobInputs(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
  const rows = await db.query<{ id: string; input: unknown }>(JOB_INPUTS, [ids])
  return new Map(rows.map(({ id, input }) => [id, input]))
}

const MEANS_FRESH_MS = 60_000

/** How long jobs of each type take, from the newest 3,000 that completed; read again after a minute. */
export class TypeDurations {
  readonly #db: Queryable
  #means: ReadonlyMap<number, number> = new Map()
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(db: Queryable) {
    this.#db = db
  }

  /** The means by type id, in milliseconds; types without a completed job are missing. */
  async means(nowMs: number): Promise<ReadonlyMap<number, number>> {
    if (nowMs - this.#readAtMs > MEANS_FRESH_MS) {
      this.#readAtMs = nowMs
      const rows = await this.#db.query<{ type_id: number; mean_ms: number }>(TYPE_MEANS)
      this.#means = new Map(rows.map((row) => [row.type_id, row.mean_ms]))
    }
    return this.#means
  }
}
