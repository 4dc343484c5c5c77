import {
  type ChangeRule,
  type ChannelKind,
  type ConditionKind,
  type CreateRule,
  type Grouping,
  PRINTER_DOWN_S,
  QUIET_MINUTES,
  type RuleChannel,
  type RuleCondition,
  type RuleView,
} from '@andon/core'

/** A rule as it is being written: everything is text until it is sent. */
export interface RuleDraft {
  readonly name: string
  readonly on: ConditionKind
  readonly type: string
  readonly queue: string
  readonly tag: string
  /** Name of a printer, station, worker or schedule; empty: any. */
  readonly subject: string
  /** Minutes. */
  readonly over: string
  readonly percent: string
  /** Minutes. */
  readonly window: string
  readonly minJobs: string
  readonly count: string
  readonly channel: ChannelKind
  readonly to: string
  /** Empty in a rule that is changed: it stays, since it is not shown. */
  readonly url: string
  readonly quietMinutes: string
  readonly hasQuietHours: boolean
  readonly from: string
  readonly until: string
  readonly zone: string
  readonly grouping: Grouping
}

/** Names of conditions, as somebody chooses them. */
export const CONDITION_WORDS = {
  job_failed: 'A job fails',
  job_completed: 'A job completes',
  job_slow: 'A job runs too long',
  queue_waiting: 'Jobs wait too long',
  failure_rate: 'Too many jobs fail',
  failures_in_row: 'Several jobs fail in a row',
  printer_down: 'A printer is down',
  station_down: 'A station is down',
  worker_lost: 'A worker is lost',
  schedule_missed: 'A schedule misses its time',
} as const satisfies Record<ConditionKind, string>

/** What each condition asks besides. */
export const CONDITION_FIELDS = {
  job_failed: ['type', 'queue', 'tag'],
  job_completed: ['type', 'queue', 'tag'],
  job_slow: ['over', 'type', 'queue', 'tag'],
  queue_waiting: ['over', 'queue'],
  failure_rate: ['percent', 'window', 'minJobs', 'type', 'queue', 'tag'],
  failures_in_row: ['count', 'type'],
  printer_down: ['subject', 'over'],
  station_down: ['subject'],
  worker_lost: ['subject'],
  schedule_missed: ['subject'],
} as const satisfies Record<ConditionKind, readonly (keyof RuleDraft)[]>

/** A field that some conditions ask for. */
export type ConditionField = (typeof CONDITION_FIELDS)[ConditionKind][number]

/** A rule that was not written yet. @param zone where the person is */
export function newDraft(zone: string): RuleDraft {
  return {
    name: '',
    on: 'job_failed',
    type: '',
    queue: '',
    tag: '',
    subject: '',
    over: '10',
    percent: '20',
    window: '60',
    minJobs: '10',
    count: '3',
    channel: 'email',
    to: '',
    url: '',
    quietMinutes: String(QUIET_MINUTES),
    hasQuietHours: false,
    from: '22:00',
    until: '06:00',
    zone,
    grouping: 'cause',
  }
}

/** A rule that is changed. */
export function draftOf(rule: RuleView, zone: string): RuleDraft {
  const { channel, condition, grouping, name, quiet } = rule
  const { hours } = quiet
  return {
    ...newDraft(zone),
    name,
    on: condition.on,
    ...conditionFields(condition),
    channel: channel.kind,
    to: (channel.to ?? []).join(', '),
    quietMinutes: String(quiet.minutes),
    ...(hours === null ? {} : { hasQuietHours: true, from: hours.from, until: hours.to, zone: hours.zone }),
    grouping,
  }
}

/** What is sent for a new rule. */
export function ruleOf(draft: RuleDraft): CreateRule {
  return { ...settingsOf(draft), channel: channelOf(draft) }
}

/** What is sent for a changed one: a webhook's address only when another one was written. */
export function changeOf(draft: RuleDraft, before: RuleView): ChangeRule {
  const stays = draft.channel !== 'email' && draft.channel === before.channel.kind && draft.url.trim() === ''
  return { ...settingsOf(draft), ...(stays ? {} : { channel: channelOf(draft) }) }
}

/** Whether all that is needed was written. */
export function isComplete(draft: RuleDraft, before: RuleView | null): boolean {
  if (draft.channel === 'email') return draft.to.trim() !== ''
  return draft.url.trim() !== '' || before?.channel.kind === draft.channel
}

function settingsOf(draft: RuleDraft): Omit<CreateRule, 'channel'> {
  const { from, grouping, hasQuietHours, on, quietMinutes, until, zone } = draft
  return {
    name: draft.name.trim() === '' ? CONDITION_WORDS[on] : draft.name.trim(),
    condition: conditionOf(draft),
    quiet: { minutes: wholeOf(quietMinutes), hours: hasQuietHours ? { from, to: until, zone } : null },
    grouping,
  }
}

function channelOf({ channel, to, url }: RuleDraft): RuleChannel {
  if (channel !== 'email') return { kind: channel, url: url.trim() }
  return { kind: 'email', to: to.split(/[\s,;]+/).filter((address) => address !== '') }
}

function conditionOf(draft: RuleDraft): RuleCondition {
  const { on, subject } = draft
  const jobs = { ...named('type', draft.type), ...named('queue', draft.queue), ...named('tag', draft.tag) }
  switch (on) {
    case 'job_failed':
    case 'job_completed':
      return { on, ...jobs }
    case 'job_slow':
      return { on, ...jobs, over_s: secondsOf(draft.over) }
    case 'queue_waiting':
      return { on, ...named('queue', draft.queue), over_s: secondsOf(draft.over) }
    case 'failure_rate':
      return {
        on,
        ...jobs,
        percent: wholeOf(draft.percent),
        window_s: secondsOf(draft.window),
        min_jobs: wholeOf(draft.minJobs),
      }
    case 'failures_in_row':
      return { on, ...named('type', draft.type), count: wholeOf(draft.count) }
    case 'printer_down':
      return { on, ...named('printer', subject), over_s: secondsOf(draft.over) }
    case 'station_down':
      return { on, ...named('station', subject) }
    case 'worker_lost':
      return { on, ...named('worker', subject) }
    case 'schedule_missed':
      return { on, ...named('schedule', subject) }
  }
}

function conditionFields(condition: RuleCondition): Partial<RuleDraft> {
  const value = (name: string): string | undefined => {
    const found: unknown = Reflect.get(condition, name)
    return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined
  }
  const minutes = (name: string): string | undefined => {
    const found: unknown = Reflect.get(condition, name)
    return typeof found === 'number' ? String(found / 60) : undefined
  }
  const over = condition.on === 'printer_down' ? String((condition.over_s ?? PRINTER_DOWN_S) / 60) : minutes('over_s')
  const fields = {
    type: value('type'),
    queue: value('queue'),
    tag: value('tag'),
    subject: value('printer') ?? value('station') ?? value('worker') ?? value('schedule'),
    over,
    window: minutes('window_s'),
    percent: value('percent'),
    minJobs: value('min_jobs'),
    count: value('count'),
  }
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== undefined))
}

function named<K extends string>(name: K, text: string): { [key in K]?: string } {
  const trimmed = text.trim()
  return trimmed === '' ? {} : ({ [name]: trimmed } as { [key in K]?: string })
}

/** What is no number goes as none, which the server refuses with what is allowed. */
function secondsOf(minutes: string): number {
  return Math.round(Number(minutes) * 60)
}

function wholeOf(text: string): number {
  return Math.round(Number(text))
}
