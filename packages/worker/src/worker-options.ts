import type { ItemSource, JobSource, Shortage, TypeDeclaration } from '@andon/core'
import { type Clock, SYSTEM_CLOCK } from './clock.ts'
import type { Handler } from './handler.ts'
import type { WorkerLane } from './lane-book.ts'
import { thisMachine } from './machine.ts'

export interface WorkerOptions {
  readonly source: JobSource & ItemSource
  /** Shown to people; several workers may have the same. Default: `host:pid`. */
  readonly name?: string
  readonly kind?: 'server' | 'worker' | 'station'
  readonly version: string
  readonly handlers: ReadonlyMap<string, Handler>
  /** By type: undoes what an attempt that did not succeed has left half done; the attempt ends after it. */
  readonly cleanups?: ReadonlyMap<string, Handler>
  /** What jobs of a type get when they do not say it themselves; told with the registration. */
  readonly declares?: ReadonlyMap<string, TypeDeclaration>
  /** The lanes to claim from; asked again before each claim. */
  readonly lanes: () => Promise<readonly WorkerLane[]>
  /** Handlers that run at once. Default 10. */
  readonly slots?: number
  /** Jobs of a type that are held at once; a type that is not in it is limited by `slots` alone. */
  readonly typeSlots?: ReadonlyMap<string, number>
  /** Milliseconds after which a job of a type is asked to stop; a type that is not in it may take as long as it likes. */
  readonly timeLimits?: ReadonlyMap<string, number>
  /** What the machine is short of: while it is, nothing starts. Asked often. */
  readonly shortage?: () => Shortage | null
  /**
   * Jobs held beyond those that run, for handlers that are shorter than a claim. Default 0. The next claim is made
   * when half of them are begun. `paced`: as many as handlers will have begun before another claim could bring them,
   * by how long they took lately; those that have waited for half a second are given back.
   */
  readonly prefetch?: number | 'paced'
  /** Default 30,000. */
  readonly leaseMs?: number
  /** Behind every hint (work, cancel) stands this poll. Default 2,000. */
  readonly pollMs?: number
  /** How long `stop()` lets handlers finish before it asks them to stop. Default 0. */
  readonly drainMs?: number
  readonly clock?: Clock
  readonly onError?: (error: unknown, doing: string) => void
}

/** What was left out, filled in. */
export function withDefaults(options: WorkerOptions): Required<WorkerOptions> {
  return {
    kind: 'worker',
    slots: 10,
    prefetch: 0,
    cleanups: new Map(),
    declares: new Map(),
    typeSlots: new Map(),
    timeLimits: new Map(),
    shortage: () => null,
    leaseMs: 30_000,
    pollMs: 2_000,
    drainMs: 0,
    clock: SYSTEM_CLOCK,
    onError: () => {},
    ...options,
    name: options.name ?? `${thisMachine().host}:${thisMachine().pid}`,
  }
}
