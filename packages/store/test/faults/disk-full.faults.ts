import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isProblem } from '@andon/core'
import { createJobs, migrate, openStore } from '@andon/store'
import { startEmbeddedPostgres } from '@andon/store/embedded'
import { afterAll, expect, test } from 'vitest'
import { mustRun } from './skip.ts'

const folder = mkdtempSync(join(tmpdir(), 'andon-full-'))
const missing = mountSmallDisk()

afterAll(() => {
  if (missing === null) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true })
})

test.skipIf(!mustRun(missing))('a full disk is told as such, reading goes on, and nothing is lost', async () => {
  expect(missing).toBe(null)
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startEmbeddedPostgres({ dataDir: join(folder, 'data') }))
  const store = stack.use(await openStore({ connection: server.connection, connectTimeoutMs: 2_000 }))
  await migrate(store.pool)
  const acknowledged: string[] = []
  const make = async (kilobytes: number): Promise<void> => {
    const input = { text: noise(kilobytes) }
    for (const { id } of await createJobs(store, [{ type: 'test.work', createdBy: 'anna', input }]))
      acknowledged.push(id)
  }
  await make(1)

  const ballast = join(folder, 'ballast')
  fill(ballast)
  const codes = new Set<string>()
  for (let tries = 0; tries < 2_000 && !codes.has('disk_full'); tries += 1) {
    await make(64).catch((error: unknown) => codes.add(isProblem(error) ? error.code : String(error)))
  }
  expect([...codes].filter((code) => code !== 'database_unavailable')).toEqual(['disk_full'])
  const { rows } = await store.pool.query('select id from job order by id')
  expect(rows.map((row) => row.id)).toEqual(acknowledged.toSorted())

  rmSync(ballast)
  await make(1)
  const after = await store.pool.query('select id from job order by id')
  expect(after.rows.map((row) => row.id)).toEqual(acknowledged.toSorted())
})

/** Why no small disk could be made; null when there is one at `folder`. */
function mountSmallDisk(): string | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=755', 'tmpfs', folder], { stdio: 'pipe' })
    return null
  } catch {
    return 'a small disk cannot be mounted here (it takes root and Linux)'
  }
}

/** Writes until nothing is left but a little. */
function fill(path: string): void {
  const block = Buffer.alloc(65_536, 1)
  const file = openSync(path, 'w')
  try {
    for (;;) writeSync(file, block)
  } catch {
    // Full.
  } finally {
    closeSync(file)
  }
}

/** Text that cannot be made smaller. */
function noise(kilobytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(kilobytes * 768))).toString('base64')
}
