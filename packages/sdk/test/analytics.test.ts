import { expect, test } from 'vitest'
import { FakeServer, json, refuse } from './fake-server.ts'

test('every set of figures has its address, with what was asked', async () => {
  await using server = await new FakeServer().listen()
  using andon = server.client()
  const names = ['throughput', 'failures', 'waits', 'reprints', 'availability', 'media'] as const
  for (const name of names) server.on(`GET /api/analytics/${name}`, (_seen, response) => json(response, { of: name }))
  for (const name of names) {
    expect(await andon.analytics[name]()).toEqual({ of: name })
    expect(await andon.analytics[name]({ since: '2026-11-01T00:00:00Z', printer: 'Label 1/2' })).toEqual({ of: name })
    expect(Object.fromEntries(server.seen.at(-1)?.query ?? [])).toEqual({
      since: '2026-11-01T00:00:00Z',
      printer: 'Label 1/2',
    })
  }
})

test('the CSV is read as a text, and has an address for links', async () => {
  await using server = await new FakeServer().listen()
  using andon = server.client()
  server.on('GET /api/analytics/media.csv', (_seen, response) => response.end('period,media\r\n'))
  expect(await andon.analytics.csv('media', { type: 'print.*' })).toBe('period,media\r\n')
  expect(andon.analytics.csvUrl('media', { type: 'print.*' })).toBe(
    `${server.url}/api/analytics/media.csv?type=print.*`,
  )
  expect(andon.analytics.csvUrl('waits', {})).toBe(`${server.url}/api/analytics/waits.csv`)
})

test('a period that is too long is refused with the field', async () => {
  await using server = await new FakeServer().listen()
  using andon = server.client()
  server.on('GET /api/analytics/waits', (_seen, response) =>
    refuse(response, 400, { code: 'validation_failed', field: 'since' }),
  )
  await expect(andon.analytics.waits({ bucket: 'hour' })).rejects.toMatchObject({
    code: 'validation_failed',
    field: 'since',
  })
})
