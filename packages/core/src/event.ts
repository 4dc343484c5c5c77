import type { JobError } from './ports/job-source.ts'
import type { HoldReason, LostAction, Priority } from './states.ts'

/**
 * Every kind of recorded fact, with the small integer that stands for it in the database. Numbers are never reused.
 * Kinds without data are written as one row per flush with the ids of many jobs.
 */
export const EVENT_KINDS = {
  created: 1,
  ready: 2,
  claimed: 3,
  sent: 4,
  queued: 5,
  running: 6,
  progress: 7,
  completed: 8,
  completed_with_errors: 9,
  failed: 10,
  cancelled: 11,
  cancel_requested: 12,
  retry_scheduled: 13,
  snoozed: 14,
  held: 15,
  released: 16,
  unconfirmed: 17,
  confirmed: 18,
  lost: 19,
  expired: 20,
  moved: 21,
  priority_changed: 22,
  retried: 23,
  item_changed: 24,
  returned: 25,
  refused: 26,
  lane_created: 40,
  lane_changed: 41,
  lane_removed: 42,
  lane_paused: 43,
  lane_resumed: 44,
  printer_changed: 50,
  station_changed: 51,
  worker_started: 60,
  worker_stopped: 61,
  worker_lost: 62,
  worker_drained: 63,
  schedule_changed: 70,
  schedule_ran: 71,
  schedule_missed: 72,
  alert: 80,
  alert_changed: 81,
  rule_changed: 82,
  floor_changed: 90,
} as const

export type EventKind = keyof typeof EVENT_KINDS

/** The data of each kind that carries some; null for kinds that are not named here. */
export interface EventData {
  readonly completed_with_errors: { readonly error: JobError }
  readonly failed: { readonly error: JobError }
  /** `from` is the phase that it was in. */
  readonly cancelled: { readonly reason: string | null }
  readonly cancel_requested: { readonly reason: string | null; readonly kill: boolean }
  /** `delayMs` from the time of the event. */
  readonly retry_scheduled: { readonly error: JobError; readonly delayMs: number }
  readonly snoozed: { readonly reason: string | null; readonly delayMs: number }
  readonly held: { readonly reason: string | null }
  /** With a reason when no person released it. */
  readonly released: { readonly from: HoldReason; readonly reason?: string }
  readonly unconfirmed: { readonly error: JobError }
  readonly confirmed: { readonly printed: boolean; readonly note: string | null; readonly retryId: string | null }
  /** What was done about it: the action of the type, or `failed` when it was lost too often. */
  readonly lost: { readonly workerId: number; readonly action: LostAction | 'failed' }
  /** With a reason when a printer's failover moved it and no person. */
  readonly moved: { readonly from: string; readonly to: string; readonly reason?: string }
  readonly priority_changed: { readonly from: Priority; readonly to: Priority; readonly front: boolean }
  readonly retried: { readonly retryId: string }
  readonly returned: { readonly reason: string | null }
  /** A report that came with a token that no longer counts. */
  readonly refused: { readonly fence: number; readonly outcome: string; readonly workerId: number }
  /** Of a lane, topic `lane:<id>`. */
  readonly lane_paused: { readonly reason: string | null; readonly until: string | null; readonly byTrouble: boolean }
}

const NAMES: ReadonlyMap<number, EventKind> = new Map(
  (Object.keys(EVENT_KINDS) as EventKind[]).map((kind) => [EVENT_KINDS[kind], kind]),
)

/** The name of a stored kind; null for one that a newer version wrote. */
export function eventKindName(kind: number): EventKind | null {
  return NAMES.get(kind) ?? null
}
