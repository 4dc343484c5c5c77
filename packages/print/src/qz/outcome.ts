import { type PrintOutcome, reasonOf } from '@andon/core'
import type { QzCallError } from './client.ts'

/** What QZ Tray says when its user, or a signature that it does not believe, keeps us out. */
const BLOCKED = /blocked|denied/i
const NO_PRINTER = /cannot find printer|could not be found|printer must be specified/i

/** Nobody can know what came out. */
export function doubt(words: string): PrintOutcome {
  return { kind: 'unconfirmed', reason: reasonOf('unconfirmed', words) }
}

/** What it means that a call `print` was refused, or never left: nothing came out. */
export function callOutcome({ kind, message }: QzCallError): PrintOutcome {
  if (kind === 'unsent') return { kind: 'retry', reason: reasonOf('qz-not-running', message) }
  if (BLOCKED.test(message)) return { kind: 'stop-printer', reason: reasonOf('qz-blocked', message) }
  if (NO_PRINTER.test(message)) return { kind: 'stop-printer', reason: reasonOf('offline', message) }
  return { kind: 'retry', reason: reasonOf('document-refused', message) }
}
