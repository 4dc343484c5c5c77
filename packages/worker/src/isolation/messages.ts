import type {
  ClaimedJob,
  CreateJob,
  JobError,
  LogLevel,
  ProgressReport,
  ProgressUpdate,
  ResourceUse,
} from '@andon/core'
import type { OutcomeFacts } from '../decision.ts'
import type { JobItems, StopReason } from '../handler.ts'
import type { SettleOutcome } from '@andon/core'

/** Which of its functions a module is asked for. */
export type Part = 'handle' | 'cleanup'

/** What the process of a handler is told. */
export type ToChild =
  | {
      readonly kind: 'run'
      readonly module: string
      readonly part: Part
      readonly job: ClaimedJob
      readonly folder: string
    }
  | { readonly kind: 'stop'; readonly reason: Pick<StopReason, 'kind' | 'message'> }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: JobError }

/** What it tells. */
export type FromChild =
  | { readonly kind: 'ready' }
  /** Its module is there. */
  | { readonly kind: 'loaded'; readonly hasCleanup: boolean }
  | { readonly kind: 'say'; readonly said: Said }
  | { readonly kind: 'ask'; readonly id: number; readonly asked: Asked }
  | { readonly kind: 'returned'; readonly value: unknown; readonly isWatched: boolean }
  | { readonly kind: 'decided'; readonly outcome: SettleOutcome; readonly facts: OutcomeFacts }
  /** It threw because it was asked to stop. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'threw'; readonly error: JobError }

/** What needs no answer. */
export type Said =
  | { readonly what: 'steps'; readonly total: number }
  | { readonly what: 'step'; readonly name: string; readonly by: number }
  | { readonly what: 'progress'; readonly report: ProgressReport }
  | { readonly what: 'update'; readonly update: Omit<ProgressUpdate, 'jobId' | 'fence' | 'progress'> }
  | { readonly what: 'used'; readonly use: ResourceUse }
  | { readonly what: 'log'; readonly level: LogLevel; readonly message: string; readonly data: unknown }

/** What waits for an answer. */
export type Asked =
  | { readonly what: 'flush' }
  | { readonly what: 'create'; readonly child: CreateJob }
  | { readonly what: 'read'; readonly from: number; readonly limit: number }
  | { readonly what: 'change'; readonly changes: Parameters<JobItems['change']>[0] }
