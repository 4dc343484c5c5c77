import { snooze } from '../../src/node.ts'

export function handle(): unknown {
  return snooze(1_000, 'not now')
}
