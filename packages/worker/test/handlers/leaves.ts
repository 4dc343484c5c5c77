import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeJobContext } from '../../src/node.ts'

/** Starts others and forgets them: one beside it, one that goes its own way, and one that is deaf to SIGTERM. */
export async function handle(job: NodeJobContext): Promise<number[]> {
  const near = spawn('sleep', ['600'], { stdio: 'ignore' })
  const far = spawn('setsid', ['sleep', '600'], { stdio: 'inherit', detached: true })
  const deaf = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'ignore' })
  for (const child of [near, far, deaf]) child.unref()
  const pages = join(await job.folder(), 'pages')
  mkdirSync(pages)
  for (const page of [1, 2]) writeFileSync(join(pages, `${page}.txt`), 'half a page')
  return [near.pid ?? 0, far.pid ?? 0, deaf.pid ?? 0]
}
