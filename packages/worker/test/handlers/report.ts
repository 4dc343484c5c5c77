import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { completed, type NodeJobContext } from '../../src/node.ts'

/** Does a bit of everything that a handler can. */
export async function handle(job: NodeJobContext): Promise<unknown> {
  job.steps(2)
  await job.step('collect')
  job.log.info('collected', { attempt: job.attempt, odd: () => undefined })
  console.log('a line that was printed')
  const folder = await job.folder()
  await writeFile(join(folder, 'page'), 'x')
  await writeFile(join(tmpdir(), 'scratch'), 'x')
  job.estimate({ seconds: 5 })
  job.progress({ message: 'nearly there' })
  await job.step('write')
  await job.flush()
  return completed({ input: job.input, folder, pid: process.pid }, 'two steps')
}
