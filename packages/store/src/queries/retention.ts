import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'

const FORGET_WORKERS = statement(
  'forget_workers',
  `delete from worker where stopped_at < now() - $1::bigint * interval '1 millisecond'`,
)

const FORGET_SECRETS = statement(
  'forget_secrets',
  `with tickets as (
     delete from ticket where expires_at < now() - interval '1 day'
   ), sessions as (
     delete from session where expires_at < now()
   )
   delete from sign_in_failure where last_at < now() - interval '1 day'`,
)

/** Forgets workers that ended longer ago than `keepMs`; their names stay with the attempts. */
export async function forgetWorkers(db: Queryable, keepMs: number): Promise<void> {
  await db.query(FORGET_WORKERS, [keepMs])
}

/** Forgets sessions and tickets that nobody can use any more, and failures to sign in of yesterday. */
export async function forgetSecrets(db: Queryable): Promise<void> {
  await db.query(FORGET_SECRETS)
}
