import { completed, type NodeJobContext } from '../../src/node.ts'

/** Says and asks everything once. */
export async function handle(job: NodeJobContext): Promise<unknown> {
  job.steps(2)
  await job.step('one', { by: 2 })
  job.progress({ percent: 1 })
  job.estimate({ seconds: 3 })
  job.used({ peakMemoryMb: 1, cpuPercent: 1, wallMs: 1, cpuMs: 1 })
  job.update({ itemsDone: 0 })
  job.log.debug('small', () => undefined)
  job.log.error('large', { at: new Date(0) })
  const items = await job.items.read(0, 5)
  await job.items.change([{ from: 0, to: 0, state: 'done', attempt: job.attempt }])
  const child = await job.create({ type: 'test.child' })
  await job.flush()
  return completed({ items: items.length, child, folder: await job.folder() })
}
