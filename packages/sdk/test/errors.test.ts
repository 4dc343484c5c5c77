import { expect, test } from 'vitest'
import { FakeServer, json } from './fake-server.ts'

const GROUP = 'printer_offline.0b87cd9bbc8303'

test('groups of errors are listed page after page, shown, and retried', async () => {
  await using server = await new FakeServer().listen()
  using andon = server.client()
  server.on('GET /api/errors', ({ query }, response) => {
    const isFirst = query.get('cursor') === null
    json(response, { data: [{ fingerprint: isFirst ? 'a' : 'b' }], next_cursor: isFirst ? 'next' : null })
  })
  server.on(`GET /api/errors/${GROUP}`, (_seen, response) => json(response, { fingerprint: GROUP }))
  server.on(`POST /api/errors/${GROUP}/retry`, ({ body }, response) => {
    json(response, JSON.parse(body).dry_run === true ? { count: 37 } : { id: 'x', is_existing: false }, 201)
  })
  const found: string[] = []
  for await (const { fingerprint } of andon.errors.each({ open: true })) found.push(fingerprint)
  expect(found).toEqual(['a', 'b'])
  expect((await andon.errors.list({ cursor: 'next' })).data).toHaveLength(1)
  expect(server.seen[0]?.query.get('open')).toBe('true')
  expect(await andon.errors.get(GROUP, { since: '2026-11-22T00:00:00Z' })).toEqual({ fingerprint: GROUP })
  expect(await andon.errors.previewRetry(GROUP)).toEqual({ count: 37 })
  expect(await andon.errors.retry(GROUP, { since: '2026-11-22T00:00:00Z' })).toMatchObject({ id: 'x' })
  expect(JSON.parse(server.seen.at(-1)?.body ?? '')).toEqual({ since: '2026-11-22T00:00:00Z' })
  expect(server.seen.at(-1)?.headers['idempotency-key']).toBeDefined()
})

test('a bulk operation is asked for once, and counted as often as one likes', async () => {
  await using server = await new FakeServer().listen()
  using andon = server.client()
  server.on('POST /api/jobs/bulk', ({ body }, response) => {
    json(response, JSON.parse(body).dry_run === true ? { count: 3 } : { id: 'x', is_existing: false }, 201)
  })
  expect(await andon.jobs.previewBulk({ action: 'cancel', query: 'queue:a' })).toEqual({ count: 3 })
  expect(await andon.jobs.bulk({ action: 'cancel', query: 'queue:a' })).toMatchObject({ id: 'x' })
  const [preview, order] = server.seen
  expect(JSON.parse(preview?.body ?? '')).toEqual({ action: 'cancel', query: 'queue:a', dry_run: true })
  expect(preview?.headers['idempotency-key']).toBeUndefined()
  expect(JSON.parse(order?.body ?? '')).toEqual({ action: 'cancel', query: 'queue:a' })
  expect(order?.headers['idempotency-key']).toBeDefined()
})
