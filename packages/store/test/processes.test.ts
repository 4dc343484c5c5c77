import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandLine, isAlive, processesIn, signal, waitForOrphans } from '../src/embedded/processes.ts'

test.runIf(process.platform === 'linux')('what outlives its server is waited for, and then ended', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'andon-orphans-')))
  const orphan = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd: folder, stdio: 'ignore' })
  const pid = orphan.pid ?? 0
  const ended = once(orphan, 'exit')
  expect(await processesIn(folder)).toEqual([pid])
  expect(await commandLine(pid)).toContain('setInterval')
  await waitForOrphans(folder, 0)
  expect(await ended).toEqual([null, 'SIGKILL'])
  expect(await isAlive(pid)).toBe(false)
  // Nothing is left to end, which is no error.
  await waitForOrphans(folder, 0)
  signal(pid, 'SIGKILL')
  await rm(folder, { recursive: true })
})
