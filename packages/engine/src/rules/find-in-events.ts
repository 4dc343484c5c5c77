import {
  endedFindings,
  endsMatch,
  type EventKind,
  type Finding,
  isAbout,
  isFailure,
  scheduleFinding,
  workerFinding,
} from '@andon/core'
import {
  countAlerts,
  countRuleMinutes,
  countStreaks,
  type EndedJobs,
  endedGroups,
  endedJobs,
  type Found,
  type RuleRow,
  type WatchedEvent,
  type WatchTurn,
} from '@andon/store'
import { foundBy } from './found-by.ts'

/** Events read at once; one may stand for hundreds of jobs. */
const EVENTS = 100

/** Facts that end a job; plain completions are told in batches. */
const END_KINDS: readonly EventKind[] = ['completed_with_errors', 'failed', 'confirmed']

/**
 * Reads what happened since the last turn, and opens or counts the alerts of the rules that watch for it.
 *
 * @returns whether more is left to read
 */
export async function findInEvents(
  turn: WatchTurn,
  rules: readonly RuleRow[],
  settledSeq: string | null,
): Promise<boolean> {
  const needs = needsOf(rules)
  const { events, isPart } = await turn.look({ ...needs, limit: EVENTS, settledSeq })
  const ids = [...new Set(events.flatMap(({ jobIds }) => jobIds))]
  const groups = await endedGroups(turn.tx, ids, { withTags: needs.withTags })
  if (needs.withStreaks) await countStreaks(turn.tx, ids)
  await countRuleMinutes(turn.tx, minutesOf(rules, groups))
  const found = [...(await endsFound(turn, rules, groups)), ...rules.flatMap((rule) => namesFound(rule, events))]
  const { opened } = await countAlerts(turn.tx, found)
  if (found.length > 0) await turn.tell({ opened })
  return isPart
}

function needsOf(rules: readonly RuleRow[]) {
  const kinds = new Set(rules.map(({ condition }) => condition.on))
  const withStreaks = kinds.has('failures_in_row')
  const withCompletions = withStreaks || kinds.has('failure_rate') || kinds.has('job_completed')
  return {
    withStreaks,
    withCompletions,
    withTags: rules.some(({ condition }) => 'tag' in condition && condition.tag !== undefined),
    kinds: [
      ...(withCompletions || kinds.has('job_failed') ? END_KINDS : []),
      ...(kinds.has('worker_lost') ? (['worker_lost'] as const) : []),
      ...(kinds.has('schedule_missed') ? (['schedule_missed'] as const) : []),
    ],
  }
}

async function endsFound({ tx }: WatchTurn, rules: readonly RuleRow[], groups: readonly EndedJobs[]): Promise<Found[]> {
  const matches = rules.flatMap((rule) =>
    groups
      .filter((group) => group.at >= rule.watches_since && endsMatch(rule.condition, group))
      .map((group) => ({ rule, group })),
  )
  if (matches.length === 0) return []
  const wanted = matches.flatMap(({ group, rule }) =>
    rule.grouping === 'each' ? group.jobIds : group.jobIds.slice(0, 1),
  )
  const jobs = new Map((await endedJobs(tx, [...new Set(wanted)])).map((job) => [job.id, job]))
  return byRule(
    matches.map(({ group, rule }) => {
      const newest = group.jobIds.flatMap((id) => jobs.get(id) ?? [])
      return { rule, findings: endedFindings(rule.grouping, group, newest) }
    }),
  )
}

/** Findings of several matches of a rule, equal ones made one. */
function byRule(matches: readonly { readonly rule: RuleRow; readonly findings: readonly Finding[] }[]): Found[] {
  return [...Map.groupBy(matches, ({ rule }) => rule)].flatMap(([rule, ofRule]) =>
    foundBy(
      rule,
      ofRule.flatMap(({ findings }) => findings),
    ),
  )
}

/** Workers that were lost and schedules that missed their time: their events carry the name. */
function namesFound(rule: RuleRow, events: readonly WatchedEvent[]): Found[] {
  const { condition, watches_since } = rule
  if (condition.on !== 'worker_lost' && condition.on !== 'schedule_missed') return []
  const wanted = condition.on === 'worker_lost' ? condition.worker : condition.schedule
  const names = events
    .filter(({ at, kind }) => kind === condition.on && at >= watches_since)
    .map(({ data }) => nameIn(data))
    .filter((name) => wanted === undefined || name === wanted)
  const findings = names.map(condition.on === 'worker_lost' ? workerFinding : scheduleFinding)
  return foundBy(rule, findings)
}

function nameIn(data: unknown): string {
  return typeof data === 'object' && data !== null && 'name' in data ? String(data.name) : 'without a name'
}

function minutesOf(rules: readonly RuleRow[], groups: readonly EndedJobs[]) {
  return rules.flatMap((rule) => {
    const { condition } = rule
    if (condition.on !== 'failure_rate') return []
    const own = groups.filter((group) => group.at >= rule.watches_since && isAbout(condition, group))
    return [...Map.groupBy(own, ({ minute }) => minute.getTime())].map(([minute, ofMinute]) => ({
      ruleId: rule.id,
      minute: new Date(minute),
      ended: sumOf(ofMinute),
      failed: sumOf(ofMinute.filter(({ state }) => isFailure(state))),
    }))
  })
}

function sumOf(groups: readonly EndedJobs[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0)
}
