// usage: npm run bench -- NAME… [-- ARGUMENTS]        names: the other files of this folder; without one: a list
// Brings up a PostgreSQL with its defaults (the system's if it is there, else the embedded binaries; DATABASE_URL for
// one of your own) and prints one line of JSON for each figure.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../packages/store/src/embedded/index.ts'
import type { Bench } from './figure.ts'

const NOT_BENCHES = new Set(['run.ts', 'figure.ts', 'new-database.ts'])
const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.ts') && !NOT_BENCHES.has(file))
const known = files.map((file) => file.replace('.ts', ''))
const [names, rest] = split(process.argv.slice(2))

if (names.length === 0 || names.some((name) => !known.includes(name))) {
  console.error(`usage: npm run bench -- NAME…\nnames: ${known.join(', ')}`)
  process.exitCode = 2
} else {
  const database = await startDatabase()
  try {
    for (const name of names) {
      const { run } = (await import(`./${name}.ts`)) as { run: Bench }
      await run({ databaseUrl: database.url, arguments: rest })
    }
  } finally {
    await database.stop()
  }
}

function split(words: readonly string[]): [string[], string[]] {
  const end = words.indexOf('--')
  return end < 0 ? [[...words], []] : [words.slice(0, end), words.slice(end + 1)]
}

async function startDatabase(): Promise<{ url: string; stop: () => Promise<void> }> {
  const given = process.env['DATABASE_URL']
  if (given) return { url: given, stop: async () => {} }
  const dataDir = await mkdtemp(join(tmpdir(), 'andon-bench-'))
  const server = await startEmbeddedPostgres({ dataDir, systemBinaries: true }).catch(() =>
    startEmbeddedPostgres({ dataDir }),
  )
  return {
    url: server.connectionString,
    stop: async () => {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
