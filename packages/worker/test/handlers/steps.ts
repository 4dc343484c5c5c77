import type { NodeJobContext } from '../../src/node.ts'

/** Takes so many steps without ever waiting for anything else; for ever when it is not told how many. */
export async function handle(job: NodeJobContext): Promise<void> {
  const { steps = Number.POSITIVE_INFINITY } = job.input as { readonly steps?: number }
  for (let step = 0; step < steps; step += 1) await job.step(`step ${step}`)
}
