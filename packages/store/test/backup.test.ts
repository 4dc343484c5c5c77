import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { backup, migrate, restore, verifyBackup } from '@andon/store'
import { emptyDatabase, testDatabase } from '@andon/testing'
import fc from 'fast-check'
import type { Pool } from 'pg'
import pg from 'pg'
import { expect, it } from 'vitest'
import { isPartitionBound } from '../src/restore.ts'

const SCHEMA = `
  create table maker (id int generated always as identity primary key, name text unique, chief int references maker);
  create table odd (
    id int primary key, maker int references maker, t text, b bytea, j jsonb, n numeric, f float8, at timestamptz,
    span interval, list text[], u uuid, yes boolean, twice int generated always as (id * 2) stored
  );
  create table "Weird ""name""" ("a column" text, "select" int);
  create table history (id int, at date not null, what text, primary key (id, at)) partition by range (at);
  create table history_first partition of history for values from ('2026-01-01') to ('2026-02-01');
  create unlogged table scratch (id int);
  create schema archive;
  create sequence counted;
  create function refuse() returns trigger language plpgsql as $$ begin raise 'triggers act on restored rows'; end $$;
  create table seeded (id int primary key, word text);
  insert into seeded values (1, 'from the migration')`

const TRIGGER = 'create trigger no_insert before insert on odd for each row execute function refuse()'

const ODD_TEXTS = [
  '',
  '\\',
  '\\N',
  '\\.',
  'a\tb\nc\rd',
  '\u{1f5a8} Käse',
  '\\x41',
  "'; drop table odd; --",
  '\u0001\u007f',
]

it('brings everything back: odd values, partitions, sequences, rows of migrations', async () => {
  await using there = await migrated()
  await using back = await migrated()
  await fill(there.pool)
  await back.pool.query(TRIGGER)
  const manifest = await backup(there.pool, there.file)
  expect(await verifyBackup(there.file)).toEqual(manifest)
  await restore(back.pool, there.file)
  expect(await contentsOf(back.pool)).toEqual(await contentsOf(there.pool))
  expect((await stat(there.file)).mode & 0o777).toBe(0o600)
  // The next numbers go on where they were.
  const next = await back.pool.query(
    "insert into maker (name) values ('next') returning id, nextval('counted')::int as c",
  )
  expect(next.rows).toEqual([{ c: 8, id: 4 }])
})

it('round-trips any text', async () => {
  await using there = await migrated()
  await using back = await migrated()
  const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text), { maxLength: 20 }), async (texts) => {
      await there.pool.query('truncate odd')
      await there.pool.query(
        'insert into odd (id, t) select i, t from unnest($1::text[]) with ordinality as given(t, i)',
        [texts],
      )
      await backup(there.pool, there.file)
      await restore(back.pool, there.file, { isReplacing: true })
      const { rows } = await back.pool.query<{ t: string | null }>('select t from odd order by id')
      expect(rows.map((row) => row.t)).toEqual(texts)
    }),
    { numRuns: 15 },
  )
})

it('is of one moment while others write', async () => {
  await using there = await migrated()
  await there.pool.query('insert into odd (id, t) select i, repeat(md5(i::text), 20) from generate_series(1, 20000) i')
  const done = new AbortController()
  const writing = (async () => {
    for (let id = 20_001; !done.signal.aborted; id++) {
      await there.pool.query('with one as (insert into odd (id) values ($1)) insert into history values ($1, $2)', [
        id,
        '2026-01-05',
      ])
    }
  })()
  const manifest = await backup(there.pool, there.file)
  done.abort()
  await writing
  expect(await verifyBackup(there.file)).toEqual(manifest)
  const rowsOf = (name: string) =>
    manifest.tables[manifest.header.tables.findIndex((table) => table.name === name)]?.rows
  expect(rowsOf('odd')).toBe(20_000 + Number(rowsOf('history')))
})

it('refuses a database that was used, and replaces it when told to', async () => {
  await using there = await migrated()
  await using back = await migrated()
  await fill(there.pool)
  await backup(there.pool, there.file)
  await back.pool.query("insert into maker (name) values ('mine')")
  await expect(restore(back.pool, there.file)).rejects.toMatchObject({ code: 'database_not_empty' })
  expect((await back.pool.query('select name from maker')).rows).toEqual([{ name: 'mine' }])
  await restore(back.pool, there.file, { isReplacing: true })
  expect(await contentsOf(back.pool)).toEqual(await contentsOf(there.pool))
})

it('refuses what is no backup, is of a later layout, or breaks off', async () => {
  await using there = await migrated()
  await backup(there.pool, there.file)
  const whole = gunzipSync(await readFile(there.file))
  const [length, text] = [whole.readUInt32BE(1), whole.subarray(5, 5 + whole.readUInt32BE(1)).toString()]
  const withHeader = (header: object): Buffer => {
    const content = Buffer.from(
      JSON.stringify({ ...JSON.parse(text), header: { ...JSON.parse(text).header, ...header } }),
    )
    const prefix = Buffer.from(whole.subarray(0, 5))
    prefix.writeUInt32BE(content.length, 1)
    return Buffer.concat([prefix, content, whole.subarray(5 + length)])
  }
  for (const [content, code] of [
    [withHeader({ format: 'another' }), 'backup_corrupt'],
    [withHeader({ formatVersion: 99 }), 'backup_version'],
    [whole.subarray(0, whole.length - 3), 'backup_corrupt'],
  ] as const) {
    await writeFile(there.file, gzipSync(content))
    await expect(verifyBackup(there.file)).rejects.toMatchObject({ code })
  }
})

it('puts rows into the partitions that there are, and changes nothing when a row finds none', async () => {
  await using there = await migrated()
  await using back = await migrated()
  await fill(there.pool)
  await backup(there.pool, there.file)
  // Rows of February have a partition of another shape here, into which they fit.
  await back.pool.query("create table february partition of history for values from ('2026-02-01') to ('2026-02-15')")
  await restore(back.pool, there.file)
  expect((await back.pool.query('select what from february')).rows).toEqual([{ what: 'later' }])
  await back.pool.query('drop table february; create table february (like history)')
  await back.pool.query(
    "alter table history attach partition february for values from ('2026-02-10') to ('2026-02-15')",
  )
  await expect(restore(back.pool, there.file, { isReplacing: true })).rejects.toMatchObject({ code: 'restore_failed' })
  expect((await back.pool.query('select what from history')).rows).toEqual([{ what: 'first' }])
})

it('refuses a database of another version', async () => {
  await using there = await migrated()
  await using back = await migrated({ second: 'create table later (id int)' })
  await backup(there.pool, there.file)
  await expect(restore(back.pool, there.file)).rejects.toMatchObject({ code: 'backup_version' })
})

it('restores without the rights of a superuser', async () => {
  await using there = await migrated()
  await using back = await migrated()
  await fill(there.pool)
  await backup(there.pool, there.file)
  await back.pool.query(TRIGGER)
  const role = `plain_${back.name}`
  await back.pool.query(`create role ${role}`)
  await giveSchemaTo(back.pool, role)
  const plain = new pg.Pool({ connectionString: back.url, options: `-c role=${role}` })
  try {
    expect((await plain.query('select current_user as me')).rows).toEqual([{ me: role }])
    await restore(plain, there.file)
    expect(await contentsOf(back.pool)).toEqual(await contentsOf(there.pool))
    await expect(plain.query('insert into odd (id) values (99)')).rejects.toThrow('triggers act')
  } finally {
    await plain.end()
    await back.pool.query(`drop owned by ${role}`)
    await back.pool.query(`drop role ${role}`)
  }
})

it('refuses a file that is cut, changed, or no backup, and changes nothing', async () => {
  await using there = await migrated()
  await using back = await migrated()
  await fill(there.pool)
  await backup(there.pool, there.file)
  const whole = await readFile(there.file)
  const plain = gunzipSync(whole)
  const at = plain.indexOf('K\u00e4se')
  const wrongRow = Buffer.from(plain)
  wrongRow.write('X', at)
  const lastFrame = plain.lastIndexOf('{"kind":"end"') - 5
  const broken: Record<string, Buffer> = {
    'a changed byte': Buffer.concat([whole.subarray(0, 300), Buffer.from('!'), whole.subarray(301)]),
    'a changed row, packed again': gzipSync(wrongRow),
    'an empty file': Buffer.alloc(0),
    'another text': Buffer.from('select 1'),
    'another zipped text': gzipSync('select 1'),
    'the end left out, packed again': gzipSync(plain.subarray(0, lastFrame)),
  }
  for (const [name, bytes] of Object.entries(broken)) {
    await writeFile(there.file, bytes)
    await expect(restore(back.pool, there.file), name).rejects.toMatchObject({ code: 'backup_corrupt' })
  }
  for (const length of [10, Math.floor(whole.length / 2), whole.length - 1]) {
    await writeFile(there.file, whole)
    await truncate(there.file, length)
    await expect(restore(back.pool, there.file), `${length} bytes`).rejects.toMatchObject({ code: 'backup_corrupt' })
  }
  expect((await back.pool.query('select count(*)::int from odd')).rows).toEqual([{ count: 0 }])
})

it('leaves no half file behind when the database goes away in the middle', async () => {
  await using there = await migrated()
  await fill(there.pool)
  const blocker = await there.pool.connect()
  await blocker.query('begin; lock table seeded in access exclusive mode')
  const failure = expect(backup(there.pool, there.file)).rejects.toThrow()
  await expect
    .poll(async () => {
      const { rowCount } = await there.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like 'copy%'`,
      )
      return rowCount
    })
    .toBe(1)
  await failure
  blocker.release(true)
  expect((await readdir(dirname(there.file))).filter((name) => name.includes('backup'))).toEqual([])
  expect((await there.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

it('says which folder is missing', async () => {
  await using there = await migrated()
  await expect(backup(there.pool, join(there.file, 'below'))).rejects.toThrow('ENOENT')
  await expect(restore(there.pool, there.file)).rejects.toThrow('ENOENT')
})

it('backs up and restores the real schema', async () => {
  await using there = await testDatabase()
  await using back = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'andon-backup-'))
  try {
    const made = await backup(there.pool, join(folder, 'real.backup'))
    expect(made.header.tables.length).toBeGreaterThan(0)
    expect(await restore(back.pool, join(folder, 'real.backup'))).toEqual(made)
  } finally {
    await rm(folder, { recursive: true })
  }
})

it.each([
  ['DEFAULT', true],
  ["FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')", true],
  ["FOR VALUES FROM (MINVALUE, 'it''s') TO (5, MAXVALUE)", true],
  ["FOR VALUES IN ('a', NULL)", true],
  ['FOR VALUES WITH (modulus 4, remainder 1)', true],
  ['DEFAULT; drop table odd', false],
  ["FOR VALUES IN (pg_read_file('/etc/passwd'))", false],
  ["FOR VALUES IN ('a') tablespace x", false],
])('knows whether a text is a bound: %s', (text, expected) => {
  expect(isPartitionBound(text)).toBe(expected)
})

async function migrated(more: { second?: string } = {}) {
  const database = await emptyDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'andon-backup-'))
  await writeFile(join(folder, '0001_first.sql'), SCHEMA)
  if (more.second) await writeFile(join(folder, '0002_second.sql'), more.second)
  await migrate(database.pool, { dir: folder })
  return {
    ...database,
    file: join(folder, 'a.backup'),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await rm(folder, { force: true, recursive: true })
    },
  }
}

async function fill(pool: Pool): Promise<void> {
  await pool.query("insert into maker (name, chief) values ('chief', null), ('one', 1), (null, 1)")
  for (const [index, text] of ODD_TEXTS.entries()) {
    await pool.query('insert into odd (id, maker, t, b, j, list) values ($1, 2, $2, $3, $4, $5)', [
      index,
      text,
      Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
      JSON.stringify({ text, big: 12345678901234567890n.toString(), nested: [null, [1.5e300]] }),
      [text, null, 'x'],
    ])
  }
  await pool.query(
    `insert into odd (id, n, f, at, span, yes, u) values
       (100, 'NaN', 'NaN', 'infinity', '1 mon -3 days 04:05:06.000007', true, gen_random_uuid()),
       (101, 123456789012345678901234567890.000000000000000001, '-0', '2026-03-29 01:59:59.999999+00', null, false, null),
       (102, 'infinity', 4.9e-324, '0044-03-15 12:00:00+00 BC', '-178000000 years', null, null)`,
  )
  await pool.query(`insert into "Weird ""name""" values ('a', 1), (null, null)`)
  await pool.query("create table history_later partition of history for values from ('2026-02-01') to ('2026-03-01')")
  await pool.query(
    "create table archive.history_gone (like history including all); insert into archive.history_gone values (7, '2025-01-01', 'old')",
  )
  await pool.query("insert into history values (1, '2026-01-05', 'first'), (2, '2026-02-05', 'later')")
  await pool.query(
    "select setval('counted', 7); update seeded set word = 'changed since'; insert into scratch values (1)",
  )
}

async function contentsOf(pool: Pool): Promise<Record<string, unknown[]>> {
  const tables = ['maker', 'odd', '"Weird ""name"""', 'history', 'history_later', 'archive.history_gone', 'seeded']
  const contents: Record<string, unknown[]> = {}
  for (const table of tables) {
    const { rows } = await pool.query(`select t::text as row from ${table} t order by 1`)
    contents[table] = rows
  }
  return contents
}

async function giveSchemaTo(pool: Pool, role: string): Promise<void> {
  const { rows } = await pool.query<{ command: string }>(
    `select format('alter table %s owner to ${role}', c.oid::regclass) as command from pg_class c
     where relnamespace in ('public'::regnamespace, 'archive'::regnamespace) and relkind in ('r', 'p')
     union all select 'grant all on schema public, archive to ${role}'
     union all select 'alter sequence counted owner to ${role}'`,
  )
  for (const { command } of rows) await pool.query(command)
}
