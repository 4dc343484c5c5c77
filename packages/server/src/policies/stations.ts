import { problem } from '@andon/core'
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

/** A station, as far as who speaks for it is asked. */
interface Spoken {
  readonly id: number
  readonly name: string
}

/**
 * Only a station itself says how it is and takes its jobs: by a token that is tied to it, by a page on its machine, or by
 * a token of somebody who manages stations.
 *
 * @throws `forbidden` for a token of another station, and for one of an operator that is tied to none
 */
export function requireVoiceOf(actor: Actor, station: Spoken): void {
  refuseOtherStation(actor, station)
  if (actor.stationId !== null || isSession(actor) || hasRole(actor, 'supervisor')) return
  throw problem('forbidden', {
    detail: `The token of ${actor.name} is tied to no station`,
    hint: `Make one for ${station.name}: andon tokens create NAME --station ${JSON.stringify(station.name)}`,
    extra: { permission: STATIONS.work.name },
  })
}

/** What is a station's own is not for the token of another. @throws `forbidden` */
export function refuseOtherStation({ name, stationId }: Actor, station: Spoken): void {
  if (stationId === null || stationId === station.id) return
  throw problem('forbidden', {
    detail: `The token of ${name} is tied to another station than ${station.name}`,
    hint: 'Use the token that was made for this station.',
    extra: { permission: STATIONS.work.name },
  })
}
