/** What can be done to many jobs at once. */
export const BULK_ACTIONS = ['cancel', 'retry', 'delete', 'move', 'priority', 'hold', 'release'] as const
export type BulkAction = (typeof BULK_ACTIONS)[number]

/** What an action is called, before what it is done to: `Cancel`. */
export const BULK_VERBS: Readonly<Record<BulkAction, string>> = {
  cancel: 'Cancel',
  retry: 'Retry',
  delete: 'Delete',
  move: 'Move',
  priority: 'Change the priority of',
  hold: 'Hold',
  release: 'Release',
}

/** What became of a job that was touched, with the words for how many: "3 cancelled". */
const DONE = {
  cancelled: 'cancelled',
  requested: 'asked to stop',
  retried: 'retried',
  deleted: 'deleted',
  moved: 'moved',
  prioritised: 'given another priority',
  held: 'put on hold',
  released: 'released',
} as const

/** Why a job was left alone, with the words for how many: "2 had ended already". */
const LEFT = {
  already_final: 'ended already',
  already_held: 'on hold already',
  already_retried: 'retried already',
  cleaned: 'not kept any more with what they printed',
  elsewhere: 'of another kind than the target takes',
  not_final: 'not ended yet',
  not_found: 'not there any more',
  not_waiting: 'not waiting for anything that could be ended',
  refused: 'refused',
  running: 'in a worker’s hands',
  succeeded: 'completed',
  unchanged: 'as asked already',
  unconfirmed: 'waiting for somebody to say whether they were printed',
  waits_for_parent: 'waiting for other jobs',
} as const

/** What one job of a bulk operation came to. */
export type BulkDone = keyof typeof DONE
/** Why one job of a bulk operation is left as it is. */
export type BulkLeft = keyof typeof LEFT
export type BulkOutcome = BulkDone | BulkLeft

/** Jobs by outcome; what happened to none is missing. */
export type BulkCounts = Readonly<Partial<Record<BulkOutcome, number>>>

/** The outcomes in which something was done, in the order in which they are told. */
export const BULK_DONE = Object.keys(DONE) as readonly BulkDone[]
/** The reasons for leaving a job alone, in the order in which they are told. */
export const BULK_LEFT = Object.keys(LEFT) as readonly BulkLeft[]

/** What is done to jobs, in words that go after how many: "37 jobs would be retried". */
const ACTS: Readonly<Record<BulkAction, string>> = {
  cancel: 'cancelled',
  retry: 'retried',
  delete: 'deleted',
  move: 'moved',
  priority: 'given another priority',
  hold: 'put on hold',
  release: 'released',
}

/** What an action does to jobs, in words that go after how many: `retried`. */
export function bulkActWords(action: BulkAction): string {
  return ACTS[action]
}

/** Why jobs are left alone, in words that go after their number: `ended already`. */
export function bulkLeftWords(reason: BulkLeft): string {
  return LEFT[reason]
}

/** What came of a bulk operation, for people: "3 cancelled, 1 asked to stop; left alone: 2 ended already". */
export function bulkSummary(counts: BulkCounts): string {
  const done = told(counts, DONE)
  const left = told(counts, LEFT)
  if (done.length === 0 && left.length === 0) return 'No job matched'
  const first = done.length === 0 ? 'Nothing was changed' : done.join(', ')
  return left.length === 0 ? first : `${first}; left alone: ${left.join(', ')}`
}

/** How many jobs were touched. */
export function bulkTouched(counts: BulkCounts): number {
  return BULK_DONE.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0)
}

function told(counts: BulkCounts, words: Readonly<Record<string, string>>): string[] {
  return Object.entries(words).flatMap(([outcome, word]) => {
    const count = (counts as Readonly<Record<string, number>>)[outcome] ?? 0
    return count === 0 ? [] : [`${count} ${word}`]
  })
}
