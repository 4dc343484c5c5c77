import { writeFileSync } from 'node:fs'
import type { NodeJobContext } from '../../src/node.ts'

/** Never listens, and never lets anybody in. */
export async function handle(job: NodeJobContext): Promise<void> {
  process.on('SIGTERM', () => undefined)
  job.log.info(`pid ${process.pid}`)
  await job.flush()
  for (;;) Math.sqrt(2)
}

export function cleanup(job: NodeJobContext): void {
  const { rolledBack } = job.input as { rolledBack: string }
  writeFileSync(rolledBack, `${job.attempt}`)
  job.log.info('rolled back')
}
