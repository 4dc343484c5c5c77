import {
  byExactness,
  DAY_MS,
  FINAL_STATES,
  JOB_STATES,
  problem,
  retentionRuleFor,
  type RetentionRule,
} from '@andon/core'
import { type Actor, writeAudit } from '../actor.ts'
import { plainArray, textArray } from '../arrays.ts'
import type { Queryable, Store } from '../pool.ts'
import { wordAt } from '../rows.ts'
import { statement } from '../statement.ts'

const LIST_RULES = statement(
  'list_retention_rules',
  `select id, type, state, keep_days, after, artifact_days, artifacts_until, deleted_until from retention_rule`,
)

const LOCK_RULES = statement(
  'lock_retention_rules',
  `select pg_advisory_xact_lock(hashtextextended('andon.retention', 0))`,
)

const REMOVE_RULES = statement('remove_retention_rules', `delete from retention_rule`)

const ADD_RULES = statement(
  'add_retention_rules',
  `insert into retention_rule (type, state, keep_days, after, artifact_days)
   select r.type, r.state, r.keep_days, r.after, r.artifact_days
   from unnest($1::text[], $2::smallint[], $3::int[], $4::text[], $5::int[])
     as r (type, state, keep_days, after, artifact_days)`,
)

const MOVE_UNTIL = statement(
  'move_retention_until',
  `update retention_rule set artifacts_until = coalesce($2, artifacts_until), deleted_until = coalesce($3, deleted_until)
   where id = $1 returning id`,
)

const FORGET_UNTIL = statement(
  'forget_retention_until',
  `update retention_rule set artifacts_until = null, deleted_until = null`,
)

const ALL_TYPES = statement('all_types', `select id, name from job_type`)

/** A rule as it is kept. */
export interface StoredRetentionRule extends RetentionRule {
  readonly id: number
  /** What ended before was gone through; null: nothing yet. */
  readonly artifactsUntil: Date | null
  readonly deletedUntil: Date | null
}

/** What a rule comes to at a moment: whose it decides, and what of theirs is over. */
export interface RetentionPlan<R extends RetentionRule = RetentionRule> {
  readonly rule: R
  /** The types and states (positions in JOB_STATES) for which no other rule is more exact, in pairs. */
  readonly typeIds: readonly number[]
  readonly states: readonly number[]
  /** Artifacts of what ended before go; null: they are kept as long as the job. */
  readonly artifactsBefore: Date | null
  /** What ended before is deleted; null: it goes with its month. */
  readonly deleteBefore: Date | null
  /** What ended later is kept. */
  readonly keepAfter: Date
}

interface Row {
  id: number
  type: string
  state: number | null
  keep_days: number
  after: RetentionRule['after']
  artifact_days: number | null
  artifacts_until: Date | null
  deleted_until: Date | null
}

/** All rules, the most exact ones first. */
export async function listRetentionRules(db: Queryable): Promise<StoredRetentionRule[]> {
  const rows = await db.query<Row>(LIST_RULES)
  return rows.map(fromRow).toSorted(byExactness)
}

/**
 * Puts rules in the place of those that there are; audited.
 *
 * @throws validation_failed for two rules about the same jobs, for artifacts that outlive their job, and when no rule is
 *   about all jobs
 */
export async function setRetentionRules(store: Store, rules: readonly RetentionRule[], actor: Actor): Promise<void> {
  checkRetentionRules(rules)
  await store.transaction(async (tx) => {
    await tx.query(LOCK_RULES)
    const before = (await listRetentionRules(tx)).map(shown)
    await tx.query(REMOVE_RULES)
    await tx.query(ADD_RULES, [
      textArray(rules, (rule) => rule.type),
      plainArray(rules, (rule) => stateNumber(rule)),
      plainArray(rules, (rule) => rule.keep_days),
      textArray(rules, (rule) => rule.after),
      plainArray(rules, (rule) => rule.artifact_days),
    ])
    const after = rules.toSorted(byExactness).map(shown)
    await writeAudit(tx, actor, [{ action: 'retention.change', target: 'retention', before, after }])
  })
}

/** @throws validation_failed, see {@link setRetentionRules} */
export function checkRetentionRules(rules: readonly RetentionRule[]): void {
  const seen = new Set<string>()
  for (const [index, { artifact_days: artifactDays, keep_days: keepDays, state, type }] of rules.entries()) {
    const key = `${type} ${state}`
    if (seen.has(key)) {
      throw problem('validation_failed', {
        field: `/rules/${index}`,
        detail: 'Two rules are about the same type and state',
        allowed: 'one rule for each type and state',
      })
    }
    seen.add(key)
    if (artifactDays === null || artifactDays <= keepDays) continue
    throw problem('validation_failed', {
      field: `/rules/${index}/artifact_days`,
      detail: 'Artifacts cannot be kept longer than their job',
      allowed: `1 to ${keepDays}, or null`,
    })
  }
  if (seen.has('* null')) return
  throw problem('validation_failed', {
    field: '/rules',
    detail: 'No rule is about all jobs',
    allowed: 'rules with one of the type * and the state null, which holds for what no other is about',
  })
}

/** Tells a rule up to when it was gone through; null leaves it as it is. False when it is not there any more. */
export async function moveRetentionUntil(
  db: Queryable,
  id: number,
  { artifacts = null, deleted = null }: { readonly artifacts?: Date | null; readonly deleted?: Date | null },
): Promise<boolean> {
  return (await db.query(MOVE_UNTIL, [id, artifacts, deleted])).length > 0
}

/** Has every rule go through the history from its beginning again. */
export async function forgetRetentionUntil(db: Queryable): Promise<void> {
  await db.query(FORGET_UNTIL)
}

/** What each rule comes to at a moment. Rules that decide nothing, since others are more exact, are there as well. */
export async function retentionPlans<R extends RetentionRule>(
  db: Queryable,
  rules: readonly R[],
  now: Date,
): Promise<RetentionPlan<R>[]> {
  const types = await db.query<{ id: number; name: string }>(ALL_TYPES)
  const pairs = new Map(rules.map((rule) => [rule, { typeIds: [] as number[], states: [] as number[] }]))
  for (const { id, name } of types) {
    for (const state of FINAL_STATES) {
      const rule = retentionRuleFor(rules, { type: name, state })
      const own = rule === undefined ? undefined : pairs.get(rule)
      own?.typeIds.push(id)
      own?.states.push(JOB_STATES.indexOf(state))
    }
  }
  return rules.map((rule) => {
    const keepAfter = daysBefore(now, rule.keep_days)
    return {
      rule,
      ...(pairs.get(rule) ?? { typeIds: [], states: [] }),
      artifactsBefore: rule.artifact_days === null ? null : daysBefore(now, rule.artifact_days),
      deleteBefore: rule.after === 'delete' ? keepAfter : null,
      keepAfter,
    }
  })
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MS)
}

function stateNumber({ state }: RetentionRule): number | null {
  return state === null ? null : JOB_STATES.indexOf(state)
}

/** A rule without what belongs to the store. */
function shown({ after, artifact_days, keep_days, state, type }: RetentionRule): RetentionRule {
  return { type, state, keep_days, after, artifact_days }
}

function fromRow(row: Row): StoredRetentionRule {
  return {
    id: row.id,
    type: row.type,
    state: row.state === null ? null : wordAt(FINAL_STATES, row.state - JOB_STATES.indexOf('completed')),
    keep_days: row.keep_days,
    after: row.after,
    artifact_days: row.artifact_days,
    artifactsUntil: row.artifacts_until,
    deletedUntil: row.deleted_until,
  }
}
