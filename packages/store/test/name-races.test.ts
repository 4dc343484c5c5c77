import { DEFAULT_QUIET } from '@andon/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  changeRule,
  changeStation,
  createAccount,
  createLane,
  createRule,
  createStation,
  renameLane,
  saveView,
} from '../src/index.ts'
import { bench, type Bench } from './fixtures.ts'

const ANNA = { name: 'anna' }

let b: Bench
beforeAll(async () => {
  b = await bench()
})
afterAll(() => b[Symbol.asyncDispose]())

/** What gives a second thing the name of the first; run while somebody else is about to take that name. */
const RACES: Readonly<Record<string, { readonly take: string; readonly act: () => Promise<unknown> }>> = {
  'a pool that is renamed': {
    take: `insert into lane (kind, name) values ('pool', 'taken')`,
    act: async () => {
      const lane = await b.store.transaction((tx) => createLane(tx, { kind: 'pool', name: 'pool' }, ANNA))
      return renameLane(b.store, lane.id, 'taken', ANNA)
    },
  },
  'a station that is renamed': {
    take: `insert into station (name) values ('taken')`,
    act: async () => {
      const station = await createStation(b.store, { name: 'desk', isPrintServer: false }, ANNA)
      return changeStation(b.store, station, { name: 'taken' }, ANNA)
    },
  },
  'a rule that is renamed': {
    take: `insert into rule (name, condition, channel, quiet, grouping, created_by) values ('taken', '{}', '{}', '{}', 'cause', 'x')`,
    act: async () => {
      const channel = { kind: 'webhook', url: 'https://hooks.example/x' } as const
      const rule = {
        name: 'rule',
        condition: { on: 'job_failed' },
        channel,
        secret: null,
        quiet: DEFAULT_QUIET,
      } as const
      const { id } = await createRule(b.store, rule, ANNA)
      return changeRule(b.store, id, { name: 'taken' }, ANNA)
    },
  },
  'a view that is saved': {
    take: `insert into saved_view (id, account_id, name, page, query) select gen_random_uuid(), id, 'taken', 'jobs', '' from account`,
    act: async () => {
      const [account] = await b.rows<{ id: number }>('select id from account')
      const view = { id: b.store.newId(), accountId: account?.id ?? 0, name: 'taken', page: 'jobs', query: '' }
      return b.store.transaction((tx) => saveView(tx, { ...view, is_shared: false, is_default: false }))
    },
  },
}

test.each(Object.entries(RACES))('%s to what somebody has just taken is told so', async (_, { act, take }) => {
  if ((await b.rows('select id from account')).length === 0) {
    await createAccount(b.store, { name: 'anna', role: 'admin' }, ANNA)
  }
  const client = await b.store.pool.connect()
  try {
    await client.query('begin')
    await client.query(take)
    const acting = expect(act()).rejects.toMatchObject({ code: 'name_taken' })
    const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    // The one that acts has found the name free, and waits for the other to make up its mind.
    await expect.poll(() => b.rows(waiting)).toHaveLength(1)
    await client.query('commit')
    await acting
  } finally {
    client.release()
  }
})
