import { once } from 'node:events'
import type { NodeJobContext } from '../../src/node.ts'

export async function handle(job: NodeJobContext): Promise<void> {
  job.log.info('waits')
  await once(job.signal, 'abort')
  job.log.info(`was told: ${(job.signal.reason as Error).message}`)
}
