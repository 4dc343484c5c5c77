import { uuidGenerator } from '@andon/core'
import { testDatabase } from '@andon/testing'
import { expect, test } from 'vitest'
import {
  type FinishedJob,
  getJob,
  importFinished,
  internQueues,
  internTypes,
  jobStats,
  openStore,
  retryJob,
  sampleThroughput,
} from '../src/index.ts'

test('takes history into its own months, counts it, and does not call it work of this hour', async () => {
  await using database = await testDatabase()
  await using store = await openStore({ connection: database.url })
  const type = (await internTypes(store, ['print.label'])).get('print.label')
  const queue = (await internQueues(store, ['old'])).get('old')
  if (!type || !queue) throw new Error('neither type nor queue')
  await sampleThroughput(store)

  const createdAt = new Date('2024-02-29T12:00:00Z')
  const newId = uuidGenerator({ now: () => createdAt.getTime(), random: (bytes) => crypto.getRandomValues(bytes) })
  const job: FinishedJob = {
    id: newId(),
    typeId: type.id,
    queueId: queue.id,
    state: 'completed',
    priority: 'normal',
    attempt: 1,
    maxAttempts: 4,
    createdAt,
    startedAt: createdAt,
    finishedAt: new Date('2024-02-29T12:01:00Z'),
    description: 'old labels',
    subject: null,
    tags: { lot: 'L1' },
    createdBy: 'import',
    items: { total: 3, done: 3, failed: 0 },
    printerId: null,
    proof: 'confirmed',
    error: null,
    summary: null,
  }
  await importFinished(store, [job])
  await importFinished(store, [job])
  await importFinished(store, [])
  await sampleThroughput(store)

  expect(await getJob(store, job.id, { all: true })).toMatchObject({ description: 'old labels', items_done: 3 })
  const { rows } = await database.pool.query(`select count(*)::int as n from job_done_202402`)
  expect(rows).toEqual([{ n: 1 }])
  expect(await jobStats(store)).toMatchObject({ by_state: { completed: 1 }, completed_last_hour: 0 })
  for (const items of ['all', 'failed', { from: 1 }] as const) {
    await expect(retryJob(store, job.id, { actor: { name: 'anna' }, items })).rejects.toMatchObject({
      code: 'items_out_of_range',
      detail: 'The items of this job are not kept',
    })
  }
})
