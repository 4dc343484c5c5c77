import type { StationView } from '@andon/core'
import { describe, expect, test } from 'vitest'
import { json, printerWithoutPaper, shop } from './world.ts'

const STATION: StationView = {
  id: 1,
  name: 'Reception',
  is_print_server: true,
  ask_after: 900,
  is_seen: true,
  seen_at: '2026-11-22T08:01:30Z',
  qz_connection_status: 'connected',
  qz_last_seen_at: '2026-11-22T08:01:30Z',
  version: '0.1.0',
  message: null,
  pending_jobs: 3,
  printing_jobs: 1,
  printers: [printerWithoutPaper()],
}

describe('stations', () => {
  test('are listed with their printers', async () => {
    await using it = await shop()
    const lost = { ...STATION, name: 'Packing', is_seen: false, qz_connection_status: 'disconnected', printers: [] }
    it.server.on('GET /api/machines', (_seen, response) => json(response, { data: [STATION, lost] }))
    const { out } = await it.andon(['stations', 'list'])
    expect(out).toContain('Reception  ● Online  connected')
    expect(out).toContain('● Zebra')
    expect(out).toContain('Packing    ● Lost    not needed')
  })

  test('are shown with what is the matter', async () => {
    await using it = await shop()
    it.server.on('GET /api/machines/Reception', (_seen, response) =>
      json(response, { ...STATION, message: 'QZ Tray was blocked' }),
    )
    const { out } = await it.andon(['stations', 'status', 'Reception'])
    expect(out).toContain('1 printing, 3 waiting')
    expect(out).toContain('QZ Tray was blocked')
    expect(out).toContain('Zebra: Paper is out')
  })

  test('are added, changed and removed', async () => {
    await using it = await shop()
    it.server.on('POST /api/machines', (_seen, response) => json(response, STATION, 201))
    it.server.on('PATCH /api/machines/Reception', (_seen, response) => json(response, STATION))
    it.server.on('DELETE /api/machines/Reception', (_seen, response) => json(response, {}))
    const added = await it.andon(['stations', 'add', 'Reception', '--no-printing'])
    expect(added.err).toContain('andon station --name "Reception"')
    await it.andon(['stations', 'set', 'Reception', '--name', 'Desk', '--printing', '--ask-after', '1h'])
    expect((await it.andon(['stations', 'set', 'Desk', '--ask-after', 'soon'])).code).toBe(2)
    expect((await it.andon(['stations', 'rm', 'Reception', '--yes'])).code).toBe(0)
    expect(it.server.seen.map(({ body }) => body && JSON.parse(body))).toEqual([
      { name: 'Reception', is_print_server: false },
      { name: 'Desk', is_print_server: true, ask_after: 3_600 },
      '',
    ])
  })
})
