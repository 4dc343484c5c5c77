import { spawn } from 'node:child_process'
import type { NodeJobContext } from '../../src/node.ts'

/** Starts two others and forgets them: one beside it, one that goes its own way. */
export function handle(_job: NodeJobContext): number[] {
  const near = spawn('sleep', ['600'], { stdio: 'ignore' })
  const far = spawn('setsid', ['sleep', '600'], { stdio: 'inherit', detached: true })
  near.unref()
  far.unref()
  return [near.pid ?? 0, far.pid ?? 0]
}
