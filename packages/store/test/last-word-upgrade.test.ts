import { expect, test } from 'vitest'
import { migrate } from '../src/index.ts'
import { databaseBefore } from './before-migration.ts'

const MINE = '_last_word.sql'

test('an upgrade knows what open alerts are about, and which were told to be over', async () => {
  await using database = await databaseBefore(MINE)
  await database.pool.query(
    `insert into rule (name, condition, channel, quiet, grouping, created_by)
     select c, jsonb_build_object('on', c), '{"kind": "webhook"}', '{"minutes": 15, "hours": null}', 'cause', 'anna'
     from unnest(array['printer_down', 'job_failed']) c`,
  )
  await database.pool.query(
    `insert into alert (rule_id, key, occurrence, count, untold, opened_at, told_at, closed_at, is_over_untold)
     select r.id, a.key, '{}', 1, 0, now() - interval '3 hours', now() - a.told, now() - a.closed, a.is_over_untold
     from rule r cross join (values
       ('open', interval '2 hours', null, false),
       ('told', '2 hours', interval '1 hour', false),
       ('waits', '2 hours', '1 hour', true),
       ('unheard', null, '1 hour', false)
     ) a (key, told, closed, is_over_untold)
     where r.name = 'printer_down' or a.key = 'told'`,
  )
  await migrate(database.pool)
  const { rows } = await database.pool.query(
    `select r.name, a.key, a.members, a.over_told_at = a.closed_at as is_last_word
     from alert a join rule r on r.id = a.rule_id order by r.name, a.key`,
  )
  expect(rows).toEqual([
    { name: 'job_failed', key: 'told', members: [], is_last_word: null },
    { name: 'printer_down', key: 'open', members: ['open'], is_last_word: null },
    { name: 'printer_down', key: 'told', members: [], is_last_word: true },
    { name: 'printer_down', key: 'unheard', members: [], is_last_word: null },
    { name: 'printer_down', key: 'waits', members: ['waits'], is_last_word: null },
  ])
})
