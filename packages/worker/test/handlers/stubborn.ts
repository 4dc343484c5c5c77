import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeJobContext } from '../../src/node.ts'

/** Never listens, and never lets anybody in. */
export async function handle(job: NodeJobContext): Promise<void> {
  process.on('SIGTERM', () => undefined)
  writeFileSync(join(await job.folder(), 'half'), 'half a page')
  job.log.info(`pid ${process.pid}`)
  await job.flush()
  for (;;) Math.sqrt(2)
}

export async function cleanup(job: NodeJobContext): Promise<void> {
  const { rolledBack } = job.input as { rolledBack: string }
  writeFileSync(rolledBack, `${job.attempt}`)
  writeFileSync(join(await job.folder(), 'journal'), 'undone')
  job.log.info('rolled back')
}
