/**
 * The lifecycle of a job: four phases inside, eight words outside.
 *
 * The phase says who may act on a job; the state is what people read. Only this file, the CHECK constraints of
 * `store/migrations` and the drawing in `docs/states.md` know the rules, and a test holds the three together.
 */

/** `waiting`: not eligible yet. `ready`: may be claimed. `held`: a worker has it. `final`: over, for good. */
export const PHASES = ['waiting', 'ready', 'held', 'final'] as const
export type Phase = (typeof PHASES)[number]

/** How far held work is known to have got at its executor; null in every other phase. */
export const SUBSTATES = ['sent', 'queued', 'running'] as const
export type Substate = (typeof SUBSTATES)[number]

export const JOB_STATES = [
  'pending',
  'sent',
  'queued',
  'running',
  'completed',
  'completed_with_errors',
  'failed',
  'cancelled',
] as const
export type JobState = (typeof JOB_STATES)[number]

export const FINAL_STATES = ['completed', 'completed_with_errors', 'failed', 'cancelled'] as const
export type FinalState = (typeof FINAL_STATES)[number]

/** Why a waiting job was made to wait. The other reasons (`paused`, `limit`, `machine`, `no_worker`, `no_printer`) are seen when read. */
export const HOLD_REASONS = ['scheduled', 'retry', 'snooze', 'hold', 'parent', 'unconfirmed'] as const
export type HoldReason = (typeof HOLD_REASONS)[number]

/** Everything that can keep a job from running, as shown to people. */
export const WAIT_REASONS = [...HOLD_REASONS, 'paused', 'limit', 'machine', 'no_worker', 'no_printer'] as const
export type WaitReason = (typeof WAIT_REASONS)[number]

/** How far a print is known to have got. Each word claims more than the one before it. */
export const PROOFS = ['none', 'spooled', 'sent', 'accepted', 'confirmed'] as const
export type Proof = (typeof PROOFS)[number]

/** Low to high: the position is the number stored in the database. */
export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const
export type Priority = (typeof PRIORITIES)[number]

export const ITEM_STATES = ['pending', 'intended', 'done', 'failed', 'unconfirmed', 'cancelled'] as const
export type ItemState = (typeof ITEM_STATES)[number]

export const ATTEMPT_OUTCOMES = ['succeeded', 'failed', 'cancelled', 'lost', 'unconfirmed', 'snoozed'] as const
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number]

/** What becomes of held work whose worker is gone: done again, taken up at its executor, or asked about. */
export const LOST_ACTIONS = ['requeue', 'reattach', 'ask'] as const
export type LostAction = (typeof LOST_ACTIONS)[number]

/** Who may move a job from one phase to another. */
export const MOVERS = ['stager', 'claim', 'holder', 'rescue', 'command', 'person'] as const
export type Mover = (typeof MOVERS)[number]

/** One allowed change of phase: `by` is the only one who may make it. */
export interface PhaseTransition {
  readonly from: Phase
  readonly to: Phase
  readonly by: Mover
  /** What it is for, in one phrase; drawn in `docs/states.md`. */
  readonly why: string
}

export const PHASE_TRANSITIONS = [
  { from: 'waiting', to: 'ready', by: 'stager', why: 'its time has come' },
  { from: 'waiting', to: 'ready', by: 'command', why: 'released' },
  { from: 'ready', to: 'waiting', by: 'command', why: 'held' },
  { from: 'ready', to: 'held', by: 'claim', why: 'claimed' },
  { from: 'held', to: 'held', by: 'holder', why: 'sent, queued or running at its executor' },
  { from: 'held', to: 'final', by: 'holder', why: 'completed, failed or stopped' },
  { from: 'held', to: 'waiting', by: 'holder', why: 'retry, snooze or unconfirmed' },
  { from: 'held', to: 'ready', by: 'holder', why: 'given back untouched' },
  { from: 'held', to: 'ready', by: 'rescue', why: 'lost: to be done again or taken up' },
  { from: 'held', to: 'waiting', by: 'rescue', why: 'lost: unconfirmed' },
  { from: 'held', to: 'final', by: 'rescue', why: 'lost too often' },
  { from: 'ready', to: 'waiting', by: 'rescue', why: 'its station stays away: unconfirmed' },
  { from: 'waiting', to: 'ready', by: 'rescue', why: 'its station is back: to be taken up' },
  { from: 'waiting', to: 'final', by: 'command', why: 'cancelled or expired' },
  { from: 'ready', to: 'final', by: 'command', why: 'cancelled or expired' },
  { from: 'waiting', to: 'final', by: 'person', why: 'an unconfirmed print was settled' },
] as const satisfies readonly PhaseTransition[]

/** The state that people read, from what is stored. `final` is null unless the phase is `final`. */
export function stateOf(phase: Phase, substate: Substate | null, final: FinalState | null): JobState {
  if (phase === 'final') return final ?? 'failed'
  if (phase === 'held') return substate ?? 'running'
  return phase === 'ready' ? 'queued' : 'pending'
}

/** Whether a state never changes again. */
export function isFinal(state: JobState): state is FinalState {
  return (FINAL_STATES as readonly string[]).includes(state)
}

/** Whether `by` may move a job from one phase to another. */
export function canMove(from: Phase, to: Phase, by: Mover): boolean {
  return PHASE_TRANSITIONS.some((t) => t.from === from && t.to === to && t.by === by)
}

/**
 * From each public state, the states that may follow it. Derived from the phases: work that left may skip
 * what its executor cannot tell, a lost lease returns to `queued` or `pending`, and a final state has no successor.
 */
export const TRANSITIONS = {
  pending: ['queued', 'completed', 'completed_with_errors', 'failed', 'cancelled'],
  queued: ['pending', 'sent', 'running', 'completed', 'completed_with_errors', 'failed', 'cancelled'],
  sent: ['queued', 'running', 'pending', 'completed', 'completed_with_errors', 'failed', 'cancelled'],
  running: ['sent', 'queued', 'pending', 'completed', 'completed_with_errors', 'failed', 'cancelled'],
  completed: [],
  completed_with_errors: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<JobState, readonly JobState[]>

/** What a person should do about a job in this state. */
export const STATE_ADVICE = {
  pending: 'Wait: it is not its turn yet.',
  sent: 'Wait: it was handed over and is not confirmed yet.',
  queued: 'Wait: it is in line.',
  running: 'Monitor: it is being worked on.',
  completed: 'Nothing: it is done.',
  completed_with_errors: 'Review the failed items, and print them again.',
  failed: 'Read the error, mend its cause, and retry.',
  cancelled: 'Nothing: it was stopped.',
} as const satisfies Record<JobState, string>
