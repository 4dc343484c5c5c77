import type {
  ChangeRule,
  ConditionKind,
  CreateRule,
  QuietTime,
  RuleChannel,
  RuleCondition,
  RuleView,
} from '@andon/core'
import { CONDITION_KINDS, GROUPINGS, parseDuration, QUIET_MINUTES, SECOND_MS } from '@andon/core/base'
import { UsageError } from '../../exit.ts'

/** Flags of `rules add`, as typed. */
export interface RuleFlags extends RuleChangeFlags {
  readonly on: string
}

/** Flags of `rules change`, as typed. */
export interface RuleChangeFlags {
  readonly name?: string
  readonly newSecret?: boolean
  readonly on?: string
  readonly type?: string
  readonly queue?: string
  readonly tag?: string
  readonly printer?: string
  readonly station?: string
  readonly worker?: string
  readonly schedule?: string
  readonly over?: string
  readonly window?: string
  readonly percent?: string
  readonly min?: string
  readonly count?: string
  readonly mail?: string
  readonly webhook?: string
  readonly slack?: string
  readonly teams?: string
  readonly quiet?: string
  readonly quietHours?: string
  readonly zone?: string
  readonly group?: string
}

/** The flags that each condition takes, and those of them that it needs. */
const CONDITION_FLAGS: Readonly<
  Record<ConditionKind, { readonly may: readonly string[]; readonly must: readonly string[] }>
> = {
  job_failed: { may: ['type', 'queue', 'tag'], must: [] },
  job_completed: { may: ['type', 'queue', 'tag'], must: [] },
  job_slow: { may: ['type', 'queue', 'tag', 'over'], must: ['over'] },
  queue_waiting: { may: ['queue', 'over'], must: ['over'] },
  failure_rate: { may: ['type', 'queue', 'tag', 'percent', 'window', 'min'], must: ['percent', 'window'] },
  failures_in_row: { may: ['type', 'count'], must: ['count'] },
  printer_down: { may: ['printer', 'over'], must: [] },
  station_down: { may: ['station'], must: [] },
  worker_lost: { may: ['worker'], must: [] },
  schedule_missed: { may: ['schedule'], must: [] },
}

const CONDITION_FLAG_NAMES = [...new Set(Object.values(CONDITION_FLAGS).flatMap(({ may }) => may))]

/** Fewer ended jobs than this are no rate, when nobody says otherwise. */
const MIN_JOBS = 10

/** @throws UsageError for flags that do not fit together */
export function ruleOf(name: string, flags: RuleFlags): CreateRule {
  return {
    name,
    condition: conditionOf(flags),
    channel: channelOf(flags),
    quiet: quietOf(flags),
    grouping: oneOf('--group', flags.group ?? 'cause', GROUPINGS),
  }
}

/**
 * What the flags change of a rule: of its condition and its quiet time just what they name; another condition, and
 * another channel, whole.
 *
 * @throws UsageError for flags that do not fit together, and when nothing is to be changed
 */
export function ruleChangeOf(rule: RuleView, flags: RuleChangeFlags): ChangeRule {
  const has = (names: readonly string[]) => names.some((name) => Object.hasOwn(flags, name))
  const change: ChangeRule = {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(has(['on', ...CONDITION_FLAG_NAMES]) ? { condition: changedCondition(rule.condition, flags) } : {}),
    ...(has(['mail', 'slack', 'teams', 'webhook']) ? { channel: channelOf(flags) } : {}),
    ...(has(['quiet', 'quietHours', 'zone']) ? { quiet: changedQuiet(rule.quiet, flags) } : {}),
    ...(flags.group === undefined ? {} : { grouping: oneOf('--group', flags.group, GROUPINGS) }),
    ...(flags.newSecret === true ? { new_secret: true } : {}),
  }
  if (Object.keys(change).length > 0) return change
  throw new UsageError('Say what to change, such as --over, --mail or --quiet-hours.')
}

function changedCondition(condition: RuleCondition, flags: RuleChangeFlags): RuleCondition {
  if (flags.on !== undefined && flags.on !== condition.on) return conditionOf({ ...flags, on: flags.on })
  const {
    min_jobs: min,
    over_s: overS,
    window_s: windowS,
    ...same
  }: Readonly<Record<string, number | string>> = condition
  const before = {
    ...Object.fromEntries(Object.entries(same).map(([name, value]) => [name, String(value)])),
    ...(min === undefined ? {} : { min: String(min) }),
    ...(overS === undefined ? {} : { over: `${String(overS)}s` }),
    ...(windowS === undefined ? {} : { window: `${String(windowS)}s` }),
  }
  return conditionOf({ ...before, ...flags, on: condition.on })
}

function changedQuiet(quiet: QuietTime, flags: RuleChangeFlags): QuietTime {
  const { hours, minutes } = quietOf(flags)
  const zone = flags.zone ?? quiet.hours?.zone
  return {
    minutes: flags.quiet === undefined ? quiet.minutes : minutes,
    hours:
      flags.quietHours === undefined
        ? quiet.hours && { ...quiet.hours, ...(zone === undefined ? {} : { zone }) }
        : hours && { ...hours, ...(zone === undefined ? {} : { zone }) },
  }
}

function conditionOf(flags: RuleFlags): RuleCondition {
  const on = oneOf('--on', flags.on, CONDITION_KINDS)
  const { may, must } = CONDITION_FLAGS[on]
  const given = new Map(Object.entries(flags))
  const strange = CONDITION_FLAG_NAMES.find((flag) => given.has(flag) && !may.includes(flag))
  if (strange !== undefined) throw new UsageError(`${on} does not take --${strange}.`, `It takes: ${flagList(may)}`)
  const missing = must.find((flag) => !given.has(flag))
  if (missing !== undefined) throw new UsageError(`${on} needs --${missing}.`, `It takes: ${flagList(may)}`)
  const { count, min, over, percent, printer, queue, schedule, station, tag, type, window, worker } = flags
  const values = {
    on,
    ...defined({ printer, queue, schedule, station, tag, type, worker }),
    ...(over === undefined ? {} : { over_s: secondsOf('--over', over) }),
    ...(window === undefined ? {} : { window_s: secondsOf('--window', window) }),
    ...(percent === undefined ? {} : { percent: numberOf('--percent', percent.replace(/%$/, '')) }),
    ...(count === undefined ? {} : { count: numberOf('--count', count) }),
    ...(on === 'failure_rate' ? { min_jobs: min === undefined ? MIN_JOBS : numberOf('--min', min) } : {}),
  }
  // The table above says which members each condition has; the server checks their values.
  return values as RuleCondition
}

function channelOf({ mail, slack, teams, webhook }: RuleChangeFlags): RuleChannel {
  const channels: RuleChannel[] = [
    ...(mail === undefined ? [] : [{ kind: 'email' as const, to: mail.split(',').map((address) => address.trim()) }]),
    ...(webhook === undefined ? [] : [{ kind: 'webhook' as const, url: webhook }]),
    ...(slack === undefined ? [] : [{ kind: 'slack' as const, url: slack }]),
    ...(teams === undefined ? [] : [{ kind: 'teams' as const, url: teams }]),
  ]
  const [channel, other] = channels
  if (channel !== undefined && other === undefined) return channel
  throw new UsageError(
    channel === undefined ? 'Say how to tell.' : 'A rule tells by one channel.',
    'Give one of: --mail ADDRESS,… --webhook URL --slack URL --teams URL',
  )
}

function quietOf({ quiet, quietHours, zone }: RuleChangeFlags): QuietTime {
  const minutes = quiet === undefined ? QUIET_MINUTES : Math.round(secondsOf('--quiet', quiet) / 60)
  if (quietHours === undefined || quietHours === 'none') return { minutes, hours: null }
  const [from, to, more] = quietHours.split('-')
  if (from === undefined || to === undefined || more !== undefined) {
    throw new UsageError(`--quiet-hours is "${quietHours}".`, 'It looks like 22:00-06:00, or none.')
  }
  return { minutes, hours: { from, to, zone: zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone } }
}

function secondsOf(flag: string, written: string): number {
  const ms = written === '0' ? 0 : parseDuration(written)
  if (ms === null) throw new UsageError(`${flag} is "${written}".`, 'Give a duration such as 90s, 10m or 2h.')
  return Math.round(ms / SECOND_MS)
}

function numberOf(flag: string, written: string): number {
  if (/^\d{1,9}$/.test(written)) return Number(written)
  throw new UsageError(`${flag} is "${written}".`, 'Give a whole number.')
}

function oneOf<const T extends string>(flag: string, written: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === written)
  if (found !== undefined) return found
  throw new UsageError(`${flag} does not know "${written}".`, `Choose from: ${allowed.join(', ')}`)
}

function flagList(names: readonly string[]): string {
  return names.map((name) => `--${name}`).join(' ')
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
