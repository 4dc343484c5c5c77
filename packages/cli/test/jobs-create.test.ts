import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobState } from '@andon/core'
import { describe, expect, test } from 'vitest'
import { idOf, job, json, shop } from './world.ts'

const ID = idOf(1)

describe('jobs create, logs and export', () => {
  test('create takes its input from the line, a file, or stdin', async () => {
    await using it = await shop()
    it.server.on('POST /api/jobs', (_seen, response) => json(response, { id: ID, is_existing: false }, 201))
    await it.andon([
      'jobs',
      'create',
      'a.b',
      '--input',
      '{"a":1}',
      '--priority',
      'high',
      '--tag',
      'x=y',
      '--hold',
      '--key',
      'k',
    ])
    await it.andon(['jobs', 'create', 'a.b', '--input', '-'], { stdin: '[2]' })
    expect(JSON.parse(it.server.seen[0]?.body ?? '')).toEqual({
      type: 'a.b',
      input: { a: 1 },
      priority: 'high',
      tags: { x: 'y' },
      idempotency_key: 'k',
      is_held: true,
    })
    expect(JSON.parse(it.server.seen[1]?.body ?? '')).toEqual({ type: 'a.b', input: [2] })
    const later = [
      '--at',
      '30m',
      '--parent',
      ID.slice(0, 13),
      '--unique-key',
      'u',
      '--max-attempts',
      '3',
      '--queue',
      'q',
    ]
    it.server.on(`GET /api/jobs/${ID.slice(0, 13)}`, (_seen, response) => json(response, job({ id: ID })))
    await it.andon(['jobs', 'create', 'a.b', ...later])
    expect(JSON.parse(it.server.seen.at(-1)?.body ?? '')).toEqual({
      type: 'a.b',
      queue: 'q',
      run_at: '2026-11-22T08:32:00.000Z',
      parents: [ID],
      unique_key: 'u',
      max_attempts: 3,
    })
    for (const flags of [
      ['--at', 'sometime'],
      ['--max-attempts', '0'],
      ['--wait', 'long'],
      ['--input', '{'],
      ['--input', '@/nowhere'],
      ['--priority', 'much'],
      ['--tag', 'x'],
    ]) {
      expect((await it.andon(['jobs', 'create', 'a.b', ...flags])).code).toBe(2)
    }
  })

  test('create waits for the end, and says how it was', async () => {
    await using it = await shop()
    it.server.on('POST /api/jobs', (_seen, response) => json(response, { id: ID, is_existing: true }, 201))
    const ends = (state: JobState) =>
      it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID, state })))
    for (const [state, code] of [
      ['completed', 0],
      ['failed', 5],
      ['cancelled', 6],
      ['completed_with_errors', 7],
    ] as const) {
      ends(state)
      const ran = await it.andon(['jobs', 'create', 'a.b', '--wait', '-o', 'name'])
      expect(ran).toMatchObject({ code, out: `${ID}\n` })
      expect(ran.err).toContain('with this key already')
    }
    ends('running')
    expect((await it.andon(['jobs', 'create', 'a.b', '--wait', '20ms'])).code).toBe(9)
    expect((await it.andon(['jobs', 'wait', ID, '--for', 'running,failed'])).code).toBe(0)
  })

  test('logs are lines for people, and JSON for scripts', async () => {
    await using it = await shop()
    const line = {
      n: 1,
      attempt: 1,
      at: '2026-11-22T08:00:01.500Z',
      level: 'warning',
      step: 'send',
      message: 'one\ntwo\u001b[2J',
      data: { a: 1 },
    }
    it.server.on(`GET /api/jobs/${ID}/logs`, (seen, response) => {
      if (seen.query.get('follow') === null) return json(response, { data: [line], next_cursor: null })
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`data: ${JSON.stringify(line)}\n\nevent: end\ndata: {}\n\n`)
    })
    it.server.on(`GET /api/jobs/${ID}`, (_seen, response) => json(response, job({ id: ID, state: 'completed' })))
    const text = '2026-11-22 08:00:01 warning [send] one {"a":1}\n    two [2J\n'
    expect((await it.andon(['jobs', 'logs', ID, '--level', 'warn'])).out).toBe(text)
    expect((await it.andon(['jobs', 'logs', '-f', ID])).out).toBe(text)
    expect(JSON.parse((await it.andon(['jobs', 'logs', ID, '-o', 'jsonl'])).out)).toEqual(line)
    expect((await it.andon(['jobs', 'logs', ID, '--level', 'loud'])).code).toBe(2)
  })

  test('export goes to stdout or whole into a file', async () => {
    await using it = await shop()
    it.server.on('GET /api/jobs/export.csv', (_seen, response) => response.end('created,type\r\n'))
    expect((await it.andon(['jobs', 'export', '--csv', 'state:failed'])).out).toBe('created,type\r\n')
    const file = join(it.world.folder, 'jobs.csv')
    expect((await it.andon(['jobs', 'export', '--to', file])).err).toBe(`Saved to ${file}\n`)
    expect(await readFile(file, 'utf8')).toBe('created,type\r\n')
    expect((await it.andon(['jobs', 'export', '-o', 'json'])).code).toBe(2)
    expect(await it.andon(['jobs', 'export', '--to', 'no/such/folder.csv'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('no/such/folder.csv cannot be written'),
    })
  })
})
