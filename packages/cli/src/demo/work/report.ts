import { setTimeout as delay } from 'node:timers/promises'
import { completed, type NodeJobContext } from '@andon/worker/node'

/** Works out how weights are spread over simulated days of production; the more days, the more memory. */
export async function handle(job: NodeJobContext): Promise<unknown> {
  const { days } = job.input as { readonly days: number }
  job.steps(days + 1)
  const all: Float64Array[] = []
  for (let day = 1; day <= days; day += 1) {
    await job.step(`day ${day}`)
    all.push(dayOfWeights().toSorted())
    await delay(250, undefined, { signal: job.signal })
  }
  await job.step('put together')
  const medians = all.map((weights) => weights[weights.length >> 1] ?? 0)
  const mean = medians.reduce((sum, median) => sum + median, 0) / medians.length
  return completed({ days, mean_of_medians: mean }, `${days} days, median ${mean.toFixed(2)} g`)
}

/** Half a million weighings: 4 MB. */
function dayOfWeights(): Float64Array {
  return Float64Array.from({ length: 500_000 }, () => 250 + (Math.random() + Math.random() - 1) * 8)
}
