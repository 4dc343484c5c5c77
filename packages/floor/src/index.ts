export { FloorDatabases, type FloorConnections } from './floor-databases.ts'
export { type PassRequest, ProductionFloor } from './production-floor.ts'
export {
  type AbortRule,
  DEFAULT_FLOOR_SETTINGS,
  type FloorSettings,
  floorSettings,
  type GivenFloorSettings,
} from './settings.ts'
export * from './identifiers.ts'
export { DEFAULT_FILE_PATTERN, type FilePattern, filePattern } from './file-pattern.ts'
export { type PassOptions, type PassResult, readMarker, runOne, runPass } from './passes/pass.ts'
export type { SourceType } from './queries/jobmanager/take.ts'
export type { ErrorFilter } from './queries/jobmanager/errors.ts'
export { forgetRunlists, hasRunlists, planRunlist, type PlannedRunlist } from './planning.ts'
export type { PlannedChange } from './schema/plan.ts'
export type { ListedRunlists, RunlistPage } from './views/runlist.ts'
export { PrintBeatConnector, type PrintBeatOptions } from './print-beat/connector.ts'
export { type GivenPrintBeatSettings, type PrintBeatSettings, printBeatSettings } from './print-beat/settings.ts'
export { startPrintBeat } from './print-beat/start.ts'
