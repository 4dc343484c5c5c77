import type { FloorDatabases } from '../floor-databases.ts'
import { PrintBeatConnector, type PrintBeatOptions } from './connector.ts'
import { type GivenPrintBeatSettings, printBeatSettings } from './settings.ts'

/**
 * Makes the connector and hands it to `run`, which calls its `runOnce` again and again; null when Print Beat is not set
 * up.
 *
 * @throws config_invalid for settings that cannot be
 */
export function startPrintBeat<T>(
  databases: FloorDatabases,
  given: GivenPrintBeatSettings,
  { run, ...options }: PrintBeatOptions & { readonly run: (connector: PrintBeatConnector) => T },
): T | null {
  const settings = printBeatSettings(given)
  return settings === null ? null : run(new PrintBeatConnector(databases, settings, options))
}
