import type { NodeJobContext } from '../../src/node.ts'

/** Eats as much as it is told, in the heap of JavaScript or beside it. */
export async function handle(job: NodeJobContext): Promise<void> {
  const { inHeap, mb } = job.input as { inHeap: boolean; mb: number }
  const eaten: unknown[] = []
  for (let at = 0; at < mb; at += 1) {
    eaten.push(inHeap ? Array.from({ length: 131_072 }, (_, index) => index + at + 0.5) : Buffer.alloc(1_048_576, at))
    if (at % 16 === 0) await job.step('eat')
  }
}
