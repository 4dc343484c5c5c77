export { onlyRow } from './rows.ts'
export { migrate, MigrationError, migrationStatus } from './migrate.ts'
export type { MigrateOptions, MigrationErrorCode, MigrationStatus } from './migrate.ts'
export { backup } from './backup.ts'
export { BackupError, verifyBackup } from './backup-file.ts'
export type { BackupErrorCode, BackupManifest } from './backup-file.ts'
export { restore } from './restore.ts'
export type { RestoreOptions } from './restore.ts'

export type { Backfill, FeedConsumer, FeedOptions } from './feed.ts'
export { EventFeed } from './feed.ts'
export type { FeedEvent } from './queries/events.ts'
export type { AccountFacts, AccountRow } from './queries/accounts.ts'
export {
  accountById,
  changeAccount,
  createAccount,
  findAccount,
  listAccounts,
  setPassword,
  toAccountView,
} from './queries/accounts.ts'
export type { NewToken, TokenAccountRow, TokenRow } from './queries/api-tokens.ts'
export { createToken, isTokenLive, listTokens, revokeToken, toTokenView, useToken } from './queries/api-tokens.ts'
export { type AvailabilityRequest, readAvailability } from './queries/analytics/availability.ts'
export { readFailures, readReprints, readThroughput } from './queries/analytics/counts.ts'
export { readMedia } from './queries/analytics/media.ts'
export type { AnalyticsFilter, AnalyticsRequest, AnalyticsSpan } from './queries/analytics/request.ts'
export { readWaits } from './queries/analytics/waits.ts'
export { listAttempts } from './queries/attempts.ts'
export { actOnSet } from './queries/bulk/act.ts'
export type { SetOutcomes } from './queries/bulk/change.ts'
export { type BulkSet, type BulkTarget, matchingSets } from './queries/bulk/match.ts'
export { type BulkOrder, whyLeft } from './queries/bulk/order.ts'
export { type BulkForecast, forecastBulk } from './queries/bulk/preview.ts'
export { listAttention } from './queries/attention.ts'
export {
  acknowledgeAlert,
  type AlertCursor,
  type AlertRow,
  closeSettledAlerts,
  countAlerts,
  countOpenAlerts,
  EVENT_CONDITIONS,
  type Found,
  holdAlerts,
  listAlerts,
  toAlertView,
  type Unwell,
} from './queries/alerts.ts'
export {
  adoptNotification,
  endOver,
  listNotifications,
  NOTIFICATION_QUEUE,
  type NotificationDraft,
  notifyNow,
  type OverAlert,
  overAlerts,
  toNotificationView,
  type UntoldAlert,
  untoldAlerts,
} from './queries/notifications.ts'
export {
  countRuleMinutes,
  countStreaks,
  type EndedJobs,
  endedGroups,
  endedJobs,
  readRates,
  readStreaks,
  slowJobs,
} from './queries/rule-facts.ts'
export { inWatchTurn, type WatchedEvent, type WatchTurn } from './queries/rule-watch.ts'
export {
  activeRules,
  changeRule,
  createRule,
  getRule,
  type ListedRule,
  listRules,
  type NewRule,
  pauseRule,
  removeRule,
  resumeRule,
  type RuleChange,
  type RuleRow,
  toRuleView,
} from './queries/rules.ts'
export type { AuditFilter } from './queries/audit.ts'
export { listAudit } from './queries/audit.ts'
export { type DatabaseFacts, databaseFacts } from './queries/database-facts.ts'
export type { CsvRequest } from './queries/csv.ts'
export { exportCsv } from './queries/csv.ts'
export type { DocumentRow, NewDocument } from './queries/documents.ts'
export {
  findDocument,
  readDocument,
  removeExpiredDocuments,
  requireArtifacts,
  withoutArtifacts,
  storeDocument,
  toDocumentView,
} from './queries/documents.ts'
export { alertOfFloor, type FloorAlert, tellFloorChanged } from './queries/floor-events.ts'
export { countRetries } from './queries/errors/count-retries.ts'
export { type ErrorGroups, errorGroups, type ErrorGroupsRequest } from './queries/errors/groups.ts'
export {
  accountOfIdentity,
  connectIdentity,
  disconnectIdentities,
  type Identity,
  type ProvidedPerson,
} from './queries/identities.ts'
export type { ItemContent, ItemFilter } from './queries/item-list.ts'
export { itemContent, listItems } from './queries/item-list.ts'
export type { JobRow, StoredError, StoredProgress } from './queries/job-row.ts'
export { jobRows } from './queries/job-row.ts'
export type { JobExtras, JobViewContext } from './queries/job-view.ts'
export { jobActions, stateOfRow, toErrorView, toJobDetail, toJobView } from './queries/job-view.ts'
export { getJob, getJobs, jobExtras, jobIdsByPrefix, jobInputs, maySee, TypeDurations } from './queries/jobs.ts'
export type { JobRowPage, PageRequest } from './queries/list.ts'
export { listJobs } from './queries/list.ts'
export type { ListTotal } from './queries/list-total.ts'
export type { FacetExtras, FacetNeeds } from './queries/job-facets.ts'
export { facetExtras, toFacets } from './queries/job-facets.ts'
export type { LogFilter } from './queries/log-list.ts'
export { listLogs } from './queries/log-list.ts'
export type { PoolRow, PrinterMoment, PrinterRow } from './queries/printer-row.ts'
export {
  findPrinter,
  listPools,
  listPrinters,
  printerHistory,
  printerQueue,
  printerRow,
} from './queries/printer-row.ts'
export type { StatusReport } from './queries/printer-status.ts'
export { confirmPrint, writePrinterStatus } from './queries/printer-status.ts'
export type { PauseColumns } from './queries/printer-view.ts'
export { toPauseView, toPoolView, toPrinterView, toTroubleViews } from './queries/printer-view.ts'
export { askAboutAway, type AskedAway, takeUpAgain } from './queries/away-stations.ts'
export { type LateStation, type LateWord, takeLateWords } from './queries/late-words.ts'
export { type Failover, failOver } from './queries/failover.ts'
export type { PrinterChange } from './queries/printers.ts'
export { changePrinter, createPool, createPrinter, emptyPool } from './queries/printers.ts'
export type { QueueRow } from './queries/queue-list.ts'
export { listQueues, queueRow, toQueueView } from './queries/queue-list.ts'
export type { NewSession, NewTicket, SessionRow, UsedTicket } from './queries/sessions.ts'
export {
  clearSignInFailures,
  createSession,
  createTicket,
  endSession,
  endSessionOf,
  listSessions,
  recordSignInFailure,
  signInFailures,
  useSession,
  useTicket,
} from './queries/sessions.ts'
export { indexJobs } from './queries/search-index.ts'
export { stationStats, type StationStatsRow } from './queries/station-stats.ts'
export {
  changeStation,
  createStation,
  findStation,
  hearStation,
  listStations,
  loseStations,
  removeStation,
  type StationReport,
  type StationRow,
} from './queries/stations.ts'
export { keepSecret, readSecret, type SecretName } from './queries/secrets.ts'
export { readSettings, writeSetting } from './queries/settings.ts'
export { jobStats, lastEventSeq, sampleThroughput } from './queries/stats.ts'
export { openSnapshot, searchLag, stuckQueues, type Trouble, unrescuedJobs } from './queries/troubles.ts'
export type { TimelinePage } from './queries/timeline.ts'
export { jobTimeline } from './queries/timeline.ts'
export type { NewView, SavedView } from './queries/views.ts'
export { listViews, removeView, saveView } from './queries/views.ts'
export type { Visibility } from './queries/visibility.ts'
export { mayReadAll } from './queries/visibility.ts'
export type { WorkerRow } from './queries/worker-list.ts'
export { findWorker, listWorkers, toWorkerView } from './queries/worker-list.ts'

export { type Act, type Actor, writeAudit } from './actor.ts'
export { type StoreJobSource, storeJobSource } from './job-source.ts'
export { mapDatabaseError } from './database-errors.ts'
export type { Notification } from './listener.ts'
export { type Log, SILENT } from './log.ts'
export { openStore, type Queryable, type Store, type StoreOptions } from './pool.ts'
export { schemaSnapshot } from './schema-snapshot.ts'
export { declaredStatements, keptStatement, type Statement, statement } from './statement.ts'
export * from './queries/cancel.ts'
export { claimJobs, type ClaimOptions } from './queries/claim.ts'
export { createChildren } from './queries/children.ts'
export { checkedJob, checkedJobs } from './checked-jobs.ts'
export { type Creator, jobOf, type JobRequest, ownKey, requestedWork } from './requested-job.ts'
export { type CreatedJob, createJobs, type NewItem, type NewJob } from './queries/create.ts'
export * from './queries/lane-commands.ts'
export { findLane, internQueues, type Lane, type LaneKind, lanesById } from './queries/lanes.ts'
export { listTypes, type TypeFilter } from './queries/type-list.ts'
export * from './queries/types.ts'
export { drainWorker, heartbeat, registerWorker, unregisterWorker } from './queries/workers.ts'
export type { HeldJob, QueueLane, RemoteWorker, StationPrinter } from './queries/remote-workers.ts'
export {
  documentOfHeldPrint,
  abandonWorker,
  hadAmong,
  heldAmong,
  heldJob,
  letGoOfOtherPrinters,
  printersOfStation,
  queueLanes,
  remoteWorker,
  stationToWorkFor,
  workerOfName,
} from './queries/remote-workers.ts'
export {
  endedItems,
  hasEndedAttempt,
  lockStation,
  openItems,
  type PrintPlace,
  printPlace,
  takePrint,
} from './queries/take-print.ts'
export * from './queries/counters.ts'
export { expireJobs, stopOverdue } from './queries/expire.ts'
export { rescueWorkers, type Rescue } from './queries/rescue.ts'
export { ageRanks, nextDueMs, stageDue } from './queries/stage.ts'
export { sweepParents } from './queries/parents.ts'
export { type ConfirmOptions, type Confirmed, confirmJob } from './queries/confirm.ts'
export { holdJob, moveJob, prioritiseJob, releaseJob, snoozeJob } from './queries/hold.ts'
export { type RetryItems, retryJob, type RetryOptions } from './queries/retry.ts'
export { forgetKeys, type SetKey } from './queries/idempotency.ts'
export * from './queries/cleanup.ts'
export * from './queries/partitions.ts'
export * from './queries/retention-rules.ts'
export { forgetSecrets, forgetWorkers } from './queries/retention.ts'
export * from './queries/schedules.ts'
export { type DemoRemoval, removeDemo } from './queries/demo.ts'
export { type FinishedJob, importFinished } from './queries/import.ts'
export * from './queries/event-cursor.ts'
export { dropShares } from './queries/grants.ts'
export { readItems } from './queries/items.ts'
