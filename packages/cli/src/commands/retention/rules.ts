import {
  AFTER_DAYS,
  FINAL_STATES,
  MOST_DAYS,
  type RetentionRule,
  type RetentionView,
  retentionForecastWords,
  retentionWords,
} from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { confirm } from '../ask.ts'
import { seeThrough } from '../jobs/bulk.ts'

/** Flags of `retention set` and `retention remove`. */
export interface RuleFlags {
  readonly after?: string
  readonly artifacts?: string
  readonly dryRun?: boolean
  readonly keep?: string
  readonly state?: string
  readonly yes?: boolean
}

const ROWS: RowsSpec<RetentionRule> = {
  fields: FIELDS.RetentionRule,
  columns: [
    { name: 'type', title: 'TYPE', value: (rule) => rule.type },
    { name: 'state', title: 'STATE', value: (rule) => rule.state, cell: (rule) => rule.state ?? 'any' },
    { name: 'keep_days', title: 'DAYS', align: 'right', value: (rule) => rule.keep_days },
    { name: 'after', title: 'THEN', value: (rule) => rule.after },
    {
      name: 'artifact_days',
      title: 'ARTIFACTS',
      value: (rule) => rule.artifact_days,
      cell: ({ artifact_days: days }) => (days === null ? 'as long as the job' : `${days} days`),
    },
  ],
  empty: 'There are no rules.',
  name: (rule) => rule.type,
}

/** `andon retention list` */
export async function listRules(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  const view = await andon.retention.get()
  printRows(session, rulesOf(view), ROWS)
  if (view.last_cleanup?.summary != null) session.note(`The last cleanup: ${view.last_cleanup.summary}.`)
  return EXIT.ok
}

/** `andon retention set`: says what would go by the rules as they would be then, and asks. */
export async function setRule(session: Session, type: string, flags: RuleFlags): Promise<ExitCode> {
  const wanted = changesOf(flags)
  const andon = await session.andon()
  const rules = rulesOf(await andon.retention.get())
  const state = stateOf(flags)
  const before = rules.find((rule) => isRule(rule, type, state))
  const general = rules.find((rule) => isRule(rule, '*', null))
  const rule: RetentionRule = {
    type,
    state,
    keep_days: before?.keep_days ?? general?.keep_days ?? 90,
    after: before?.after ?? 'archive',
    artifact_days: before?.artifact_days ?? null,
    ...wanted,
  }
  const others = rules.filter((one) => one !== before)
  return changeRules(session, [...others, rule], { flags, question: `Set "${retentionWords(rule)}"?` })
}

/** `andon retention remove` */
export async function removeRule(session: Session, type: string, flags: RuleFlags): Promise<ExitCode> {
  const andon = await session.andon()
  const rules = rulesOf(await andon.retention.get())
  const rule = rules.find((one) => isRule(one, type, stateOf(flags)))
  if (rule === undefined) throw new UsageError(`There is no rule for "${type}".`, 'See them with: andon retention list')
  const others = rules.filter((one) => one !== rule)
  return changeRules(session, others, { flags, question: `Remove "${retentionWords(rule)}"?` })
}

/** `andon retention run` */
export async function runCleanup(session: Session, flags: { readonly detach?: boolean }): Promise<ExitCode> {
  const andon = await session.andon()
  return seeThrough(session, (await andon.retention.run()).id, flags)
}

async function changeRules(
  session: Session,
  rules: readonly RetentionRule[],
  { flags, question }: { readonly flags: RuleFlags; readonly question: string },
): Promise<ExitCode> {
  const andon = await session.andon()
  const forecast = await andon.retention.forecast(rules)
  session.note(`${retentionForecastWords(forecast)}.`)
  if (flags.dryRun === true) return EXIT.ok
  if (flags.yes !== true && !(await confirm(session, question, 'Say --yes to do it, or --dry-run to see what goes.'))) {
    return EXIT.error
  }
  printRows(session, rulesOf(await andon.retention.set(rules)), ROWS)
  return EXIT.ok
}

/** Rules as they are sent: without what is only shown. */
function rulesOf({ rules }: RetentionView): RetentionRule[] {
  return rules.map(({ after, artifact_days, keep_days, state, type }) => {
    return { type, state, keep_days, after, artifact_days }
  })
}

function isRule(rule: RetentionRule, type: string, state: RetentionRule['state']): boolean {
  return rule.type === type && rule.state === state
}

function changesOf({ after, artifacts, keep }: RuleFlags): Partial<RetentionRule> {
  const then = AFTER_DAYS.find((word) => word === after)
  return {
    ...(keep === undefined ? {} : { keep_days: daysOf('--keep', keep) }),
    ...(then === undefined ? {} : { after: then }),
    ...(artifacts === undefined
      ? {}
      : { artifact_days: artifacts === 'keep' ? null : daysOf('--artifacts', artifacts) }),
  }
}

function stateOf({ state }: RuleFlags): RetentionRule['state'] {
  return FINAL_STATES.find((word) => word === state) ?? null
}

/** @throws UsageError for what is no number of days; `7d` is one as well */
function daysOf(flag: string, written: string): number {
  const days = Number(written.replace(/d$/, ''))
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days
  throw new UsageError(`${flag} is "${written}".`, `Give days from 1 to ${MOST_DAYS}, such as 90.`)
}
