import { problem } from '@andon/core'
import type { NodeJobContext } from '../../src/node.ts'

/** Ends as its input says. */
export function handle(job: NodeJobContext): unknown {
  const { how } = job.input as { how: string }
  switch (how) {
    case 'exit':
      return process.exit(7)
    case 'signal':
      return process.kill(process.pid, 'SIGSEGV')
    case 'problem':
      throw problem('invalid_input', { detail: 'no such page' })
    case 'own':
      throw Object.assign(new Error('the site is shut'), { code: 'site_shut', retryable: false })
    case 'circle': {
      const circle: { self?: unknown } = {}
      circle.self = circle
      return circle
    }
    default:
      return undefined
  }
}
