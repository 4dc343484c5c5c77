import { problem } from '@andon/core'
import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'

/** A saved view of a page: its owner's, or shared with everybody. */
export interface SavedView {
  id: string
  name: string
  /** Name of the page, such as `jobs`. */
  page: string
  /** Everything that the page's address holds. */
  query: string
  is_shared: boolean
  is_default: boolean
  /** Whether it belongs to the reader. */
  is_own: boolean
}

/** What is kept of a view. */
export interface NewView extends Omit<SavedView, 'is_own'> {
  readonly accountId: number
}

const LIST_VIEWS = statement(
  'list_views',
  `select id, name, page, query, is_shared, (is_default and account_id = $1) as is_default, account_id = $1 as is_own
   from saved_view where account_id = $1 or is_shared order by page, name, id`,
)

const CLEAR_DEFAULT_VIEW = statement(
  'clear_default_view',
  `update saved_view set is_default = false where account_id = $1 and page = $2 and id <> $3 and is_default`,
)

// A view of somebody else is never changed, even by one who knows its id.
const SAVE_VIEW = statement(
  'save_view',
  `insert into saved_view as v (id, account_id, name, page, query, is_shared, is_default)
   values ($1, $2, $3, $4, $5, $6, $7)
   on conflict (id) do update set name = excluded.name, page = excluded.page, query = excluded.query,
     is_shared = excluded.is_shared, is_default = excluded.is_default
   where v.account_id = excluded.account_id
   returning id`,
)

const SAME_NAMED_VIEW = statement(
  'same_named_view',
  `select id from saved_view where account_id = $1 and page = $2 and name = $3 and id <> $4`,
)

const REMOVE_VIEW = statement('remove_view', `delete from saved_view where id = $1 and account_id = $2 returning id`)

/** The views that an account sees, by page and name. */
export function listViews(db: Queryable, accountId: number): Promise<SavedView[]> {
  return db.query<SavedView>(LIST_VIEWS, [accountId])
}

/**
 * Makes a view or changes one of the same id; a default replaces the page's default before it. In a transaction.
 *
 * @throws name_taken when the account has another view of that name there; not_found when the id is somebody else's
 */
export async function saveView(tx: Queryable, view: NewView): Promise<void> {
  const { id, accountId, name, page, query, is_shared, is_default } = view
  const taken = await tx.query(SAME_NAMED_VIEW, [accountId, page, name, id])
  if (taken.length > 0) throw problem('name_taken', { detail: `There is a view "${name}" already`, field: '/name' })
  if (is_default) await tx.query(CLEAR_DEFAULT_VIEW, [accountId, page, id])
  const saved = await tx.query(SAVE_VIEW, [id, accountId, name, page, query, is_shared, is_default])
  if (saved.length === 0) throw problem('not_found')
}

/** Removes a view of an account; false when it has none of that id. */
export async function removeView(db: Queryable, id: string, accountId: number): Promise<boolean> {
  const rows = await db.query(REMOVE_VIEW, [id, accountId])
  return rows.length > 0
}
