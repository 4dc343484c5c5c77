import { type Actor, writeAudit } from '../actor.ts'
import type { Store } from '../pool.ts'
import { statement } from '../statement.ts'
import { removeFinished } from './remove-finished.ts'

const DELETE_LIVE = statement(
  'delete_demo_live',
  `with gone as (
     delete from job where created_by = $1 or queue_id in (select id from printer where is_demo)
     returning id, queue_id, (case phase when 0 then 0 when 1 then 2 else substate end)::smallint as state
   ), counted as (
     insert into counter (process_id, queue_id, state, n) select 0, queue_id, state, -count(*) from gone group by 2, 3
     on conflict (process_id, queue_id, state) do update set n = counter.n + excluded.n
   )
   select id from gone`,
)

// Reads the whole history once: it is a command that a person gives once.
const FIND_FINISHED = statement(
  'find_demo_finished',
  `select id from job_done where created_by = $1 or printer_id in (select id from printer where is_demo)`,
)

const DELETE_ITEMS = statement('delete_demo_items', `delete from item where job_id = any($1::uuid[])`)
const DELETE_ATTEMPTS = statement('delete_demo_attempts', `delete from attempt where job_id = any($1::uuid[])`)
const DELETE_LOGS = statement('delete_demo_logs', `delete from job_log where job_id = any($1::uuid[])`)
const DELETE_SEARCH = statement('delete_demo_search', `delete from job_search where job_id = any($1::uuid[])`)
const DELETE_EVENTS = statement('delete_demo_events', `delete from event where job_id = any($1::uuid[])`)

const DELETE_PRINTERS = statement(
  'delete_demo_printers',
  `with gone as (delete from printer where is_demo returning id)
   update lane set removed_at = now(), holder = null from gone where lane.id = gone.id returning lane.name`,
)

const REMOVE_EMPTY_POOL = statement(
  'remove_demo_pool',
  `update lane set removed_at = now()
   where kind = 'pool' and name = $1 and removed_at is null and not exists (select from printer where pool_id = lane.id)`,
)

const DISABLE_ACCOUNT = statement(
  'disable_demo_account',
  `with revoked as (
     update api_token set revoked_at = now()
     where revoked_at is null and account_id = (select id from account where name = $1)
   )
   update account set disabled_at = coalesce(disabled_at, now()) where name = $1`,
)

/** What of the demonstration was taken away. */
export interface DemoRemoval {
  readonly jobs: number
  readonly printers: readonly string[]
}

/**
 * Takes everything of the demonstration shop away in one transaction: its jobs with all that hangs on them, its
 * printers, its pool when nothing else is in it, and the account of its ERP. What people made stays.
 */
export function removeDemo(
  store: Store,
  demo: { readonly account: string; readonly pool: string },
  actor: Actor,
): Promise<DemoRemoval> {
  return store.transaction(async (tx) => {
    const live = await tx.query<{ id: string }>(DELETE_LIVE, [demo.account])
    const found = await tx.query<{ id: string }>(FIND_FINISHED, [demo.account])
    const finished = await removeFinished(tx, { processId: 0, ids: found.map(({ id }) => id), before: null })
    const liveIds = live.map(({ id }) => id)
    for (const each of [DELETE_ITEMS, DELETE_ATTEMPTS, DELETE_LOGS, DELETE_SEARCH]) await tx.query(each, [liveIds])
    const ids = [...liveIds, ...finished.map(({ id }) => id)]
    await tx.query(DELETE_EVENTS, [ids])
    const printers = await tx.query<{ name: string }>(DELETE_PRINTERS)
    await tx.query(REMOVE_EMPTY_POOL, [demo.pool])
    await tx.query(DISABLE_ACCOUNT, [demo.account])
    const removal = { jobs: ids.length, printers: printers.map(({ name }) => name) }
    await writeAudit(tx, actor, [{ action: 'demo.remove', target: 'demo', before: removal }])
    return removal
  })
}
