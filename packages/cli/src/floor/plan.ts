import { isProblem, problem } from '@andon/core'
import { type FloorSettings, floorSettings, type GivenFloorSettings, type GivenPrintBeatSettings } from '@andon/floor'
import type { Environment } from '../environment.ts'

/** What the environment says of the production floor. */
export interface FloorPlan {
  /** The shop's own databases; null: there are none, or Andon's own beside the embedded one. */
  readonly shop: { readonly jobmanager: string; readonly logs: string } | null
  readonly settings: FloorSettings
  /** How HP Print Beat is reached; nothing of it where it is not. */
  readonly printBeat: GivenPrintBeatSettings
}

/** The variables behind the settings of the floor. */
const VARIABLES: Readonly<Record<keyof GivenFloorSettings, string>> = {
  abort_rule: 'FLOOR_ABORT_RULE',
  every_ms: 'FLOOR_EVERY_MS',
  file_pattern: 'FLOOR_FILE_PATTERN',
  machines: 'FLOOR_MACHINES',
  time_zone: 'FLOOR_TIME_ZONE',
}

/** @throws config_invalid naming the variable and what it takes */
export function floorPlan(env: Environment): FloorPlan {
  const { printBeatDevices: devices, printBeatKey: key, printBeatSecret: secret, printBeatUrl: url } = env
  return { shop: shopOf(env), settings: settingsOf(env), printBeat: { devices, key, secret, url } }
}

function shopOf({ floorJobmanagerUrl: jobmanager, floorLogsUrl: logs }: Environment): FloorPlan['shop'] {
  if (jobmanager === undefined && logs === undefined) return null
  if (jobmanager !== undefined && logs !== undefined) return { jobmanager, logs }
  const missing = jobmanager === undefined ? 'FLOOR_JOBMANAGER_URL' : 'FLOOR_LOGS_URL'
  throw problem('config_invalid', {
    field: missing,
    detail: `${missing} is not set. The production floor has two databases, and Andon needs both.`,
    hint: 'Set FLOOR_JOBMANAGER_URL and FLOOR_LOGS_URL, or neither.',
  })
}

function settingsOf(env: Environment): FloorSettings {
  try {
    return floorSettings({
      ...(env.floorAbortRule === undefined ? {} : { abort_rule: env.floorAbortRule }),
      ...(env.floorEveryMs === undefined ? {} : { every_ms: Number(env.floorEveryMs) }),
      ...(env.floorFilePattern === undefined ? {} : { file_pattern: env.floorFilePattern }),
      ...(env.floorMachines === undefined ? {} : { machines: namesIn(env.floorMachines) }),
      ...(env.floorTimeZone === undefined ? {} : { time_zone: env.floorTimeZone }),
    })
  } catch (error) {
    throw asVariable(error)
  }
}

function namesIn(text: string): string[] {
  return text.split(',').flatMap((name) => name.trim() || [])
}

/** What the floor says of a setting, said of the variable that it came from. */
function asVariable(error: unknown): unknown {
  if (!isProblem(error) || error.field === null) return error
  const variable = Object.entries(VARIABLES).find(([setting]) => setting === error.field)?.[1] ?? error.field
  const allowed = error.allowed === null ? {} : { allowed: error.allowed }
  return problem('config_invalid', { field: variable, detail: error.detail, ...allowed, cause: error })
}
