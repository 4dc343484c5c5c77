import { spawn } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeJobContext } from '@andon/worker/node'

/** Starts a process of its own, writes half a file, and never ends nor listens. */
export async function handle(job: NodeJobContext): Promise<void> {
  const folder = await job.folder()
  const child = spawn('sleep', ['600'], { stdio: 'ignore' })
  writeFileSync(join(folder, 'half.pdf'), 'half a page')
  job.log.info('waits', { pids: [process.pid, child.pid], folder })
  await job.flush()
  process.on('SIGTERM', () => undefined)
  setInterval(() => undefined, 60_000)
  await new Promise<never>(() => undefined)
}

/** Writes into the file that its input names. */
export function cleanup(job: NodeJobContext): void {
  const { undone } = job.input as { undone: string }
  appendFileSync(undone, 'rolled back\n')
}
