import { once } from 'node:events'
import { createServer, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { readPage } from '../src/print-beat/attempts.ts'
import { PrintBeatClient } from '../src/print-beat/client.ts'

const NOW = Date.parse('2026-03-03T08:00:00Z')

/** What the client makes of an answer. */
async function read(status: number, body: string | null, headers: OutgoingHttpHeaders = {}) {
  const server = createServer((_request, response) => response.writeHead(status, headers).end(body ?? undefined))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const settings = { url: `http://127.0.0.1:${port}`, key: 'key', secret: 'secret', devices: [] }
    const client = new PrintBeatClient(settings, { now: () => NOW })
    return await client.jobs({ device: 'P1', startMarker: '0', signal: new AbortController().signal })
  } finally {
    server.close()
  }
}

describe('an answer of Print Beat', () => {
  test.each([
    ['without a body', 204, null],
    ['that is no object', 200, '"attempts"'],
    ['that is null', 200, 'null'],
    ['whose attempts are no list', 200, '{"attempts":{"marker":1}}'],
  ])('%s is unexpected', async (_what, status, body) => {
    expect(await read(status, body)).toMatchObject({
      ok: false,
      error: { code: 'print_beat_unexpected' },
      holdMs: null,
    })
  })

  test('that a gateway gave up on is unavailable', async () => {
    expect(await read(408, '')).toMatchObject({ ok: false, error: { code: 'print_beat_unavailable' } })
  })

  test.each([
    ['without a time', {}, 60_000],
    ['with words for a time', { 'retry-after': 'soon' }, 60_000],
    ['with a time that is over', { 'retry-after': 'Tue, 03 Mar 2026 07:00:00 GMT' }, 0],
  ])('that there were too many requests, %s, says how long to wait', async (_what, headers, holdMs) => {
    expect(await read(429, '', headers)).toMatchObject({ error: { code: 'print_beat_rate_limited' }, holdMs })
  })
})

describe('an entry of a page', () => {
  const GOOD = { marker: 1, pressSerialNumber: 'P1', jobName: 'IMP-1', jobProgress: 'PRINTED', jobCompleteTime: '' }

  test('may name its press by serial number, and have no time', () => {
    const { records, setAside, lastMarker } = readPage([GOOD])
    expect(records).toMatchObject([{ marker: '1', device: 'P1', completed_at: null, copies: null }])
    expect([setAside, lastMarker]).toEqual([[], '1'])
  })

  test.each([
    [{ pressSerialNumber: 7 }, 'The entry names no press.'],
    [{ pressSerialNumber: '' }, 'The entry names no press.'],
    [{ jobProgress: undefined }, 'jobProgress is missing, neither PRINTED nor ABORTED.'],
    [{ jobProgress: 3 }, 'jobProgress is 3, neither PRINTED nor ABORTED.'],
    [{ jobCompleteTime: 1_772_524_800 }, 'jobCompleteTime is 1772524800, no time.'],
    [{ copies: -1 }, 'copies is -1, no number of copies.'],
  ])('with %o is set aside', (wrong, reason) => {
    const { records, setAside, lastMarker } = readPage([{ ...GOOD, ...wrong }, GOOD])
    expect(records).toHaveLength(1)
    expect(setAside).toMatchObject([{ marker: '1', reason }])
    expect(lastMarker).toBe('1')
  })
})
