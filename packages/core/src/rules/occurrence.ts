import { durationWords, relativeTime, SECOND_MS } from '../time.ts'
import type { ConditionOf, RuleCondition } from '../wire/rules.ts'
import type { AlertLevel, Grouping } from './kinds.ts'
import { type FilteredJob, isAbout } from './filter.ts'

/** Jobs that tell somebody: no rule is about them, or a message that cannot be sent would lead to the next. */
export const NOTIFY_TYPES = { email: 'notify.email', webhook: 'notify.webhook' } as const

/** The job that an occurrence is about, with what decides who may see it. */
export interface OccurrenceJob {
  readonly id: string
  readonly type: string
  readonly description: string | null
  readonly account_id: number | null
}

/** One time that a condition came true, as it is kept with its alert. */
export interface Occurrence {
  readonly level: AlertLevel
  /** One line: what it is about, and what is the matter. */
  readonly title: string
  /** What happened, in its own words; null when the title says all. */
  readonly what: string | null
  /** What to do next; null when nobody knows. */
  readonly hint: string | null
  /** Where the dashboard shows its cause. */
  readonly path: string
  /** Null when it is about no single job. */
  readonly job: OccurrenceJob | null
}

/** Occurrences that are equal, as a rule sees them. */
export interface Finding {
  /** What makes them equal among all of the rule. */
  readonly key: string
  readonly count: number
  /** The newest of them. */
  readonly occurrence: Occurrence
}

/** States in which jobs end and which rules are about. */
export type EndState = 'completed' | 'completed_with_errors' | 'failed'

/** Jobs that ended alike. */
export interface EndedGroup extends FilteredJob {
  readonly state: EndState
  /** Group of errors with the same cause; null when they did not fail. */
  readonly fingerprint: string | null
  readonly count: number
}

/** A job that ended, as a message tells of it. */
export interface EndedJob extends OccurrenceJob {
  readonly summary: string | null
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string | null } | null
}

/** Whether jobs in this state failed: those with errors count as failed, as in all figures. */
export function isFailure(state: EndState): boolean {
  return state !== 'completed'
}

/** Whether jobs that ended make the condition come true. Those that completed with errors did both. */
export function endsMatch(condition: RuleCondition, group: EndedGroup): boolean {
  if (condition.on === 'job_failed') return isFailure(group.state) && isAbout(condition, group)
  return condition.on === 'job_completed' && group.state !== 'failed' && isAbout(condition, group)
}

/**
 * What a rule finds in jobs that ended alike.
 *
 * @param newest the newest of them, at least one; when there are more than these, the others are counted all the same
 */
export function endedFindings(grouping: Grouping, group: EndedGroup, newest: readonly EndedJob[]): Finding[] {
  const [first] = newest
  if (first === undefined) return []
  if (grouping !== 'each') {
    const cause = [group.type, ...(group.state === 'completed' ? [] : [group.fingerprint ?? group.state])].join(' ')
    return [
      { key: grouping === 'rule' ? '' : cause, count: group.count, occurrence: endedOccurrence(group.state, first) },
    ]
  }
  const single = newest.map((job) => ({ key: job.id, count: 1, occurrence: endedOccurrence(group.state, job) }))
  const others = group.count - newest.length
  if (others <= 0) return single
  return [...single, { key: group.type, count: others, occurrence: endedOccurrence(group.state, first) }]
}

const END_WORDS = {
  completed: 'completed',
  completed_with_errors: 'completed with errors',
  failed: 'failed',
} as const satisfies Record<EndState, string>

function endedOccurrence(state: EndState, { summary, error, ...job }: EndedJob): Occurrence {
  const level = state === 'completed' ? 'success' : state === 'failed' ? 'error' : 'warning'
  const what = state === 'failed' ? (error?.message ?? summary) : (summary ?? error?.message ?? null)
  return {
    level,
    title: `${job.description ?? job.type} ${END_WORDS[state]}`,
    what,
    hint: state === 'completed' ? null : (error?.hint ?? null),
    path: `/jobs/${job.id}`,
    job: jobOf(job),
  }
}

/** A job that runs longer than it should. */
export function slowFinding(condition: ConditionOf<'job_slow'>, job: OccurrenceJob, runsMs: number): Finding {
  const limit = durationWords(condition.over_s * SECOND_MS)
  return finding(job.id, {
    level: 'warning',
    title: `${job.description ?? job.type} runs longer than ${limit}`,
    what: `It has been running for ${durationWords(runsMs)}.`,
    hint: 'See its progress and its log; cancel it when it is stuck.',
    path: `/jobs/${job.id}`,
    job: jobOf(job),
  })
}

/** A queue whose oldest job waits too long. */
export function waitingFinding(queue: {
  readonly name: string
  readonly kind: 'queue' | 'printer' | 'pool'
  readonly waitMs: number
  readonly isPaused: boolean
}): Finding {
  const path =
    queue.kind === 'printer' ? printerPath(queue.name) : `/jobs?q=${encodeURIComponent(`queue:"${queue.name}"`)}`
  return finding(queue.name, {
    level: 'warning',
    title: `Jobs wait in ${queue.name}`,
    what: `The oldest has been waiting for ${durationWords(queue.waitMs)}.${queue.isPaused ? ' It is paused.' : ''}`,
    hint: queue.isPaused
      ? 'Resume it when its cause is mended.'
      : 'Look why nothing takes them: a worker or printer that is away, or a limit.',
    path,
    job: null,
  })
}

/** Too many jobs that failed. */
export function rateFinding(condition: ConditionOf<'failure_rate'>, ended: number, failed: number): Finding {
  const percent = Math.round((failed / ended) * 100)
  const query = `state:failed,completed_with_errors${condition.type === undefined ? '' : ` type:${condition.type}`}`
  return finding('', {
    level: 'error',
    title: `${percent} % of ${condition.type ?? 'all'} jobs failed`,
    what: `${failed} of ${ended} that ended within ${durationWords(condition.window_s * SECOND_MS)}.`,
    hint: 'See which errors they have in common.',
    path: `/jobs?q=${encodeURIComponent(query)}`,
    job: null,
  })
}

/** Whether so many failures among those that ended are too many. */
export function isRateOver(condition: ConditionOf<'failure_rate'>, ended: number, failed: number): boolean {
  return ended >= condition.min_jobs && failed * 100 > condition.percent * ended
}

/** Jobs of a type that failed one after the other. */
export function streakFinding(type: string, failures: number, newest: EndedJob): Finding {
  return finding(type, {
    level: 'error',
    title: `${failures} jobs of ${type} failed in a row`,
    what: newest.error?.message ?? null,
    hint: newest.error?.hint ?? null,
    path: `/jobs/${newest.id}`,
    job: jobOf(newest),
  })
}

/** A printer that prints nothing. */
export function printerFinding(printer: {
  readonly name: string
  readonly title: string
  readonly what: string | null
  readonly step: string | null
  readonly waiting: number
}): Finding {
  const waiting =
    printer.waiting === 0 ? '' : `${printer.waiting === 1 ? '1 job waits' : `${printer.waiting} jobs wait`}.`
  const what = [printer.what ?? '', waiting].filter((part) => part !== '').join(' ')
  return finding(printer.name, {
    level: 'error',
    title: `${printer.name}: ${printer.title}`,
    what: what === '' ? null : what,
    hint: printer.step,
    path: printerPath(printer.name),
    job: null,
  })
}

/** A station that is not there. */
export function stationFinding(station: {
  readonly name: string
  /** Null: it is heard of, and its QZ Tray is the matter. */
  readonly lostAtMs: number | null
  readonly message: string | null
  readonly nowMs: number
}): Finding {
  const { lostAtMs, message, name, nowMs } = station
  return finding(name, {
    level: 'error',
    title: lostAtMs === null ? `Station ${name}: its QZ Tray refuses` : `Station ${name} does not answer`,
    what: lostAtMs === null ? message : `It was last heard ${relativeTime(lostAtMs, nowMs)}.`,
    hint:
      lostAtMs === null
        ? 'Look at QZ Tray on the machine of the station.'
        : 'Look whether its machine is on, awake and in the network.',
    path: '/stations',
    job: null,
  })
}

/** A worker that went away without a word. */
export function workerFinding(name: string): Finding {
  return finding(name, {
    level: 'warning',
    title: `Worker ${name} was lost`,
    what: 'It stopped without saying so. What it held is taken up elsewhere.',
    hint: 'Look whether its machine is running and reaches the database, then start it again.',
    path: '/',
    job: null,
  })
}

/** A schedule that did not run at its time. */
export function scheduleFinding(name: string): Finding {
  return finding(name, {
    level: 'warning',
    title: `Schedule ${name} missed its time`,
    what: 'It did not run when it was due.',
    hint: 'Look whether a server was running then; run it now if it is still needed.',
    path: '/schedules',
    job: null,
  })
}

/** All findings of one rule, with those that it sees as equal made one; counts add up, the last occurrence stays. */
export function groupFindings(grouping: Grouping, findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding>()
  for (const { count, key: own, occurrence } of findings) {
    const key = grouping === 'rule' ? '' : own
    groups.set(key, { key, count: (groups.get(key)?.count ?? 0) + count, occurrence })
  }
  return [...groups.values()]
}

function finding(key: string, occurrence: Occurrence): Finding {
  return { key, count: 1, occurrence }
}

function jobOf({ id, type, description, account_id }: OccurrenceJob): OccurrenceJob {
  return { id, type, description, account_id }
}

function printerPath(name: string): string {
  return `/printers/${encodeURIComponent(name)}`
}
