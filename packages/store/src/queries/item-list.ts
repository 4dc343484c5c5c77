import { ITEM_STATES, type ItemState, type ItemView, PROOFS } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { firstRow, wordAt } from '../rows.ts'
import { statement } from '../statement.ts'
import type { StoredError } from './job-row.ts'
import { isoOf, toErrorView } from './job-view.ts'

interface ItemRow {
  idx: number
  ref: string | null
  state: number
  proof: number
  attempt: number | null
  outcome_at: Date | null
  error: StoredError | null
}

/** Which items of a job are asked for. */
export interface ItemFilter {
  /** The first index that may be returned. */
  readonly from: number
  /** Null: in any state. */
  readonly state: ItemState | null
  readonly limit: number
}

/** What an item prints or works on. */
export interface ItemContent {
  /** ZPL; null when data fills the job's document. */
  content: string | null
  data: unknown
}

const LIST_ITEMS = statement(
  'list_items',
  `select idx, ref, state, proof, attempt, outcome_at, error from item
   where job_id = $1 and idx >= $2 and ($3::smallint is null or state = $3)
   order by idx limit $4`,
)

const ITEM_CONTENT = statement('item_content', `select content, data from item where job_id = $1 and idx = $2`)

/** Items of a job from an index on, in their order. */
export async function listItems(db: Queryable, jobId: string, filter: ItemFilter): Promise<ItemView[]> {
  const state = filter.state === null ? null : ITEM_STATES.indexOf(filter.state)
  const rows = await db.query<ItemRow>(LIST_ITEMS, [jobId, filter.from, state, filter.limit])
  return rows.map(toItemView)
}

/** The content of one item, for its preview; null when the job has no such item. */
export async function itemContent(db: Queryable, jobId: string, index: number): Promise<ItemContent | null> {
  return firstRow(await db.query<ItemContent>(ITEM_CONTENT, [jobId, index]))
}

function toItemView(row: ItemRow): ItemView {
  return {
    index: row.idx,
    ref: row.ref,
    state: wordAt(ITEM_STATES, row.state),
    proof: wordAt(PROOFS, row.proof),
    attempt: row.attempt,
    outcome_at: isoOf(row.outcome_at),
    error: row.error === null ? null : toErrorView(row.error),
  }
}
