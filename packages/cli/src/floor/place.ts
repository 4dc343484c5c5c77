import { problem } from '@andon/core'
import { FloorDatabases, type FloorSettings, floorSettings, type GivenPrintBeatSettings } from '@andon/floor'
import type { EmbeddedPostgres } from '@andon/store/embedded'
import type { Environment } from '../environment.ts'

/** How HP Print Beat is reached; nothing of it where it is not. */
export type PrintBeatAccess = GivenPrintBeatSettings

/** Where the shop's floor is, and how it is read. */
export interface FloorPlace {
  readonly printBeat: PrintBeatAccess
  /** Null: in the embedded PostgreSQL where there is one, otherwise nowhere. */
  readonly urls: { readonly jobmanager: string; readonly logs: string } | null
  readonly settings: FloorSettings
}

/**
 * What the environment says of the floor.
 *
 * @throws config_invalid when only one of the two databases is named; validation_failed for settings
 */
export function floorPlace(env: Environment): FloorPlace {
  const { floorJobmanagerUrl: jobmanager, floorLogsUrl: logs } = env
  if ((jobmanager === undefined) !== (logs === undefined)) {
    throw problem('config_invalid', {
      field: jobmanager === undefined ? 'FLOOR_JOBMANAGER_URL' : 'FLOOR_LOGS_URL',
      detail: 'The floor has two databases: FLOOR_JOBMANAGER_URL and FLOOR_LOGS_URL go together.',
    })
  }
  return {
    printBeat: {
      url: env.printBeatUrl,
      key: env.printBeatKey,
      secret: env.printBeatSecret,
      devices: env.printBeatDevices,
    },
    urls: jobmanager !== undefined && logs !== undefined ? { jobmanager, logs } : null,
    settings: floorSettings({
      ...(env.floorAbortRule === undefined ? {} : { abort_rule: env.floorAbortRule }),
      ...(env.floorEveryMs === undefined ? {} : { every_ms: Number(env.floorEveryMs) }),
      ...(env.floorFilePattern === undefined ? {} : { file_pattern: env.floorFilePattern }),
      ...(env.floorMachines === undefined ? {} : { machines: words(env.floorMachines) }),
      ...(env.floorTimeZone === undefined ? {} : { time_zone: env.floorTimeZone }),
    }),
  }
}

/** The shop's databases: its own, or two that Andon makes in its embedded PostgreSQL; null where there is neither. */
export async function openFloor(
  { settings, urls }: FloorPlace,
  embedded: EmbeddedPostgres | null,
): Promise<FloorDatabases | null> {
  if (urls !== null) return new FloorDatabases({ ...urls, ownsDatabases: false }, settings)
  if (embedded === null) return null
  const [jobmanager, logs] = [await embedded.database('jobmanager'), await embedded.database('logs')]
  return new FloorDatabases({ jobmanager, logs, ownsDatabases: true }, settings)
}

function words(text: string): string[] {
  return text.split(',').flatMap((word) => word.trim() || [])
}
