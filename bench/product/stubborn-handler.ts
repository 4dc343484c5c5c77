import { appendFile } from 'node:fs/promises'
import type { NodeJobContext } from '../../packages/worker/src/node.ts'

/** Writes the id of its process into the file of its input, then hears neither its signal nor SIGTERM. */
export async function handle(job: NodeJobContext): Promise<void> {
  process.on('SIGTERM', () => {})
  await appendFile((job.input as { pidFile: string }).pidFile, `${process.pid}\n`)
  await new Promise(() => setInterval(() => {}, 60_000))
}
