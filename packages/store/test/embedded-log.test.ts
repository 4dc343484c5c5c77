import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { boundLog } from '../src/embedded/log-file.ts'

it('cuts a log that grew too long under the hands of its writer, and keeps the part before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'andon-log-'))
  const path = join(folder, 'postgres.log')
  const writer = await open(path, 'a')
  try {
    await writer.write('a'.repeat(100))
    await boundLog(path, 100)
    expect((await stat(path)).size).toBe(100)
    await writer.write('b')
    await boundLog(path, 100)
    await writer.write('after')
    expect(await readFile(path, 'utf8')).toBe('after')
    expect(await readFile(`${path}.1`, 'utf8')).toBe(`${'a'.repeat(100)}b`)
    await expect(boundLog(join(folder, 'none'), 100)).resolves.toBeUndefined()
  } finally {
    await writer.close()
    await rm(folder, { recursive: true })
  }
})
