import { spawn } from 'node:child_process'
import type { NodeJobContext } from '../../src/node.ts'

/** Starts others and forgets them: one beside it, one that goes its own way, and one that is deaf to SIGTERM. */
export function handle(_job: NodeJobContext): number[] {
  const near = spawn('sleep', ['600'], { stdio: 'ignore' })
  const far = spawn('setsid', ['sleep', '600'], { stdio: 'inherit', detached: true })
  const deaf = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'ignore' })
  for (const child of [near, far, deaf]) child.unref()
  return [near.pid ?? 0, far.pid ?? 0, deaf.pid ?? 0]
}
