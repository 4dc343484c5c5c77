import { type Actor, hasRole, isSession } from './actor.ts'
import { permit } from './policy.ts'

/** What may be done with stations, and by whom. A station's own token reports and reads what waits for it. */
export const STATIONS = {
  read: permit('stations.read', 'viewer', ['read', 'jobs', 'printers', 'station']),
  report: permit('stations.report', 'operator', ['station']),
  work: { ...permit('stations.work', 'operator', ['station']), isForWorkers: true },
  retry: permit('stations.retry', 'operator', ['jobs', 'station']),
  sign: permit('stations.sign', 'operator', ['station']),
  manage: permit('stations.manage', 'supervisor', ['printers']),
} as const

/**
 * Whether the passwords of printers may leave the server for this station: for a program that prints with them, of
 * somebody who may set them.
 */
export function canReadPrinterSecrets(actor: Actor): boolean {
  return !isSession(actor) && hasRole(actor, 'supervisor')
}
