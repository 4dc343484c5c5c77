import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { emptyDatabase, testDatabase } from '@andon/testing'
import { describe, expect, test } from 'vitest'
import { findingsOf } from '../src/commands/db/doctor.ts'
import { world } from './world.ts'

describe('db', () => {
  test('migrate brings an empty database up to date, once', async () => {
    await using database = await emptyDatabase()
    await using place = await world()
    const env = { DATABASE_URL: database.url }
    expect((await place.andon(['db', 'migrate', '--dry-run'], { env })).out).toContain('would apply 1 ')
    expect((await place.andon(['db', 'doctor'], { env })).code).toBe(1)
    const first = await place.andon(['db', 'migrate'], { env })
    expect(first.code).toBe(0)
    expect(first.out).toContain('applied 1 ')
    expect(first.err).not.toContain(new URL(database.url).password || 'no password')
    expect((await place.andon(['db', 'migrate'], { env })).err).toContain('is up to date')
    expect(JSON.parse((await place.andon(['db', 'migrate', '-o', 'json'], { env })).out)).toMatchObject({ applied: [] })
  })

  test('doctor says how the database is', async () => {
    await using database = await testDatabase()
    await using place = await world()
    const { out } = await place.andon(['db', 'doctor'], { env: { DATABASE_URL: database.url } })
    expect(out).toMatch(/✓ version: PostgreSQL 1\d\.\d+/)
    expect(out).toContain('✓ schema: version')
    expect(out).toContain('✓ clock: the same as here')
    for (const work of ['queues', 'workers', 'search']) expect(out).toContain(`✓ ${work}: `)
    const asJson = await place.andon(['db', 'doctor', '-o', 'json'], { env: { DATABASE_URL: database.url } })
    expect(JSON.parse(asJson.out).findings.map((finding: { name: string }) => finding.name)).toContain('durability')
  })

  test('a backup is restored into another database', async () => {
    await using database = await testDatabase()
    await using other = await testDatabase()
    await using place = await world()
    await database.pool.query("insert into site (id, name) values (77, 'Hall 7') on conflict do nothing")
    const file = join(place.folder, 'andon.backup')
    const backup = await place.andon(['db', 'backup', file], { env: { DATABASE_URL: database.url } })
    expect(backup.code).toBe(0)
    expect((await stat(file)).mode & 0o077).toBe(0)
    const env = { DATABASE_URL: other.url }
    expect((await place.andon(['db', 'restore', file], { env })).code).toBe(2)
    expect((await place.andon(['db', 'restore', file], { env, answers: ['no'] })).code).toBe(1)
    expect((await place.andon(['db', 'restore', file, '--yes'], { env })).code).toBe(0)
    const { rows } = await other.pool.query('select name from site where id = 77')
    expect(rows).toEqual([{ name: 'Hall 7' }])
  })

  test('a file that is no backup, and a database that is not there, are errors with words', async () => {
    await using database = await testDatabase()
    await using place = await world()
    const env = { DATABASE_URL: database.url }
    expect((await place.andon(['db', 'restore', join(place.folder, 'none'), '--yes'], { env })).code).toBe(1)
    const away = await place.andon(['db', 'doctor'], { env: { DATABASE_URL: 'postgres://x@127.0.0.1:9/none' } })
    expect(away.code).toBe(1)
    expect(away.err).toContain('code database_unavailable')
  })

  test('findings follow from the facts', () => {
    const well = {
      clockAheadMs: 0,
      connections: 5,
      connectionLimit: 100,
      deadJobShare: 0,
      liveJobs: 10,
      oldestTransactionS: 0,
      isDurable: true,
      hasChecksums: true,
      sizeBytes: 5_000_000_000,
      version: '18.4',
      versionNumber: 180_004,
    }
    const schema = { codeVersion: 3, databaseVersion: 3, pending: [] }
    const statesOf = (facts: Partial<typeof well>, migrations: Partial<typeof schema> = {}) =>
      findingsOf({ ...well, ...facts }, { ...schema, ...migrations })
        .filter((finding) => finding.status !== 'ok')
        .map((finding) => `${finding.name} ${finding.status}`)
    expect(statesOf({})).toEqual([])
    expect(statesOf({ versionNumber: 140_000, isDurable: false })).toEqual(['version bad', 'durability bad'])
    expect(statesOf({ clockAheadMs: -60_000, connections: 90, oldestTransactionS: 400 })).toEqual([
      'clock warning',
      'connections warning',
      'transactions warning',
    ])
    expect(statesOf({ deadJobShare: 0.9, liveJobs: 50_000 })).toEqual(['dead rows warning'])
    expect(statesOf({}, { databaseVersion: 4 })).toEqual(['schema bad'])
    expect(statesOf({}, { databaseVersion: 2, pending: [{ name: 'x', version: 3 }] as never[] })).toEqual([
      'schema bad',
    ])
  })
})
