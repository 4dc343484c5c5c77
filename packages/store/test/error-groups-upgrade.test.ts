import { expect, test } from 'vitest'
import { countRetries, errorGroups, migrate, openStore } from '../src/index.ts'
import { databaseBefore } from './before-migration.ts'

const MINE = '_error_groups.sql'

test('an upgrade counts the errors that were there before, each once', async () => {
  await using database = await databaseBefore(MINE)
  await database.pool.query(`insert into job_type (name) values ('test.work')`)
  await database.pool.query(
    `insert into job_done (id, site_id, type_id, queue_id, state, priority, attempt, max_attempts, version, run_at,
       created_at, finished_at, created_by, error, fingerprint)
     select uuid_floor(now() - n * interval '1 minute'), 1, 1, 1, 6, 1, 1, 1, 1, now(), now(), now() - n * interval '1 minute',
       'anna', '{"code":"No_Paper","message":"no paper"}', 'No_Paper.1'
     from generate_series(1, 4) n`,
  )
  const { rows } = await database.pool.query<{ id: string }>('select id from job_done order by id')
  const [first, second, third, late] = rows.map(({ id }) => id)
  await database.pool.query(
    `insert into job_search (job_id, tokens) select unnest($1::uuid[]), array_to_tsvector(array['s=failed'])`,
    [[first, second, third]],
  )
  await database.pool.query('insert into retried (job_id, retry_id) select id, id from unnest($1::uuid[]) as id', [
    [first, late],
  ])
  await migrate(database.pool)
  await using store = await openStore({ connection: database.url })
  const until = new Date(Date.now() + 60_000)
  const { groups } = await errorGroups(store, {
    since: new Date(until.getTime() - 7_200_000),
    until,
    visible: { all: true },
    type: null,
    fingerprint: null,
    isOpen: false,
    limit: 10,
    cursor: null,
  })
  expect(groups).toMatchObject([{ fingerprint: 'No_Paper.1', count: 3, open: 2, message: 'no paper', last_job: third }])
  // The one that search does not know yet is counted when it comes to it.
  expect(await countRetries(store)).toBe(0)
  const found = await database.pool.query(`select from job_search where tokens @@ '''fp=no_paper.1'''::tsquery`)
  expect(found.rowCount).toBe(3)
})
