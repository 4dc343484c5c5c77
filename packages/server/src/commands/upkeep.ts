import {
  ARCHIVE_TYPE,
  ArchiveInput,
  CLEANUP_TYPE,
  monthWords,
  problem,
  requireQuery,
  type RetentionView,
  retentionWords,
} from '@andon/core'
import { archiveJob, cleanupJob } from '@andon/engine'
import {
  type Actor as AuditActor,
  type CreatedJob,
  createJobs,
  getJob,
  isMonthDue,
  listJobs,
  listMonths,
  listRetentionRules,
  type NewJob,
  retentionPlans,
  type Store,
  writeAudit,
} from '@andon/store'
import type { FastifyRequest } from 'fastify'
import { Value } from 'typebox/value'
import type { Actor } from '../policies/actor.ts'
import { authorize } from '../policies/policy.ts'
import { RETENTION } from '../policies/retention.ts'
import { auditActor } from '../sign-in/actors.ts'
import { askerOf } from './job-asker.ts'

/** The rules that hold, and what the newest cleanup did. */
export async function retentionView(store: Store): Promise<RetentionView> {
  const [rules, last] = await Promise.all([listRetentionRules(store), lastCleanup(store)])
  return {
    rules: rules.map((rule) => ({
      type: rule.type,
      state: rule.state,
      keep_days: rule.keep_days,
      after: rule.after,
      artifact_days: rule.artifact_days,
      words: retentionWords(rule),
    })),
    last_cleanup: last,
  }
}

async function lastCleanup(store: Store): Promise<RetentionView['last_cleanup']> {
  const { rows } = await listJobs(store, {
    query: requireQuery(`type:${CLEANUP_TYPE}`),
    visible: { all: true },
    canReadPayloads: false,
    cursor: null,
    limit: 1,
    nowMs: Date.now(),
  })
  const [row] = rows
  if (row === undefined) return null
  return { job_id: row.id, finished_at: row.finished_at?.toISOString() ?? null, summary: row.summary }
}

/** Makes the job that cleans now, or finds the one that is under way; audited. */
export function askForCleanup(store: Store, actor: Actor, request: FastifyRequest): Promise<CreatedJob> {
  const job = cleanupJob({ createdBy: actor.name, accountId: actor.accountId })
  return ask(store, job, { action: 'retention.run', target: 'retention', actor: auditActor(actor, request) })
}

/**
 * Makes the job that archives a month, brings it back, or deletes it from the archive; audited.
 *
 * @throws validation_failed, month_not_found, state_conflict, see {@link checkMonthMove}; duplicate_job while the month
 *   is on its way
 */
export async function askForMonth(
  store: Store,
  input: ArchiveInput,
  { actor, request }: { readonly actor: Actor; readonly request: FastifyRequest },
): Promise<CreatedJob> {
  await checkMonthMove(store, input, new Date())
  const job = archiveJob(input, { createdBy: actor.name, accountId: actor.accountId })
  const made = await ask(store, job, {
    action: `history.${input.action}.ask`,
    target: `month:${input.month}`,
    actor: auditActor(actor, request),
  })
  if (!made.isExisting) return made
  const detail = `${monthWords(input.month)} is on its way already`
  throw problem('duplicate_job', { detail, extra: { job_id: made.id } })
}

/**
 * In whose name one of these jobs works: that of Andon itself, or of an account that may still do it.
 *
 * @throws forbidden
 */
export async function upkeepActor(store: Store, jobId: string): Promise<AuditActor> {
  const row = await getJob(store, jobId, { all: true })
  const requestId = `job:${jobId}`
  if (row !== null && row.account_id === null) return { name: row.created_by, requestId }
  const asker = await askerOf(store, jobId)
  authorize(RETENTION.manage, asker)
  return { name: asker.name, accountId: asker.accountId, requestId }
}

/** What the input of such a job asks for. @throws validation_failed */
export function archiveInput(input: unknown): ArchiveInput {
  if (Value.Check(ArchiveInput, input)) return input
  throw problem('validation_failed', { detail: `The input of this job is not that of ${ARCHIVE_TYPE}` })
}

/**
 * Whether a month can be moved or deleted so. False when it is there already.
 *
 * @throws month_not_found; state_conflict for a month that the rules still keep in the history, and for one that is to
 *   be deleted and is not in the archive
 */
export async function checkMonthMove(store: Store, { action, month }: ArchiveInput, now: Date): Promise<boolean> {
  const found = (await listMonths(store)).find((one) => one.month === month)
  if (found === undefined) throw problem('month_not_found', { detail: `There is no month ${month}` })
  if (action === 'delete') {
    if (found.isArchived) return true
    throw problem('state_conflict', {
      detail: `${monthWords(month)} is not in the archive`,
      hint: 'Archive it first: only archived months are deleted.',
    })
  }
  if (found.isArchived === (action === 'archive')) return false
  if (action === 'restore') return true
  const plans = await retentionPlans(store, await listRetentionRules(store), now)
  if (await isMonthDue(store, month, plans)) return true
  throw problem('state_conflict', {
    detail: `${monthWords(month)} has jobs that live, or that a rule keeps in the history`,
    hint: 'Wait until its newest job is older than its rule, or shorten the rule.',
  })
}

interface Asked {
  readonly action: string
  readonly target: string
  readonly actor: AuditActor
}

async function ask(store: Store, job: NewJob, { action, actor, target }: Asked): Promise<CreatedJob> {
  const [made] = await createJobs(store, [job])
  if (made === undefined) throw problem('internal', { detail: 'the job was not made' })
  if (!made.isExisting) await writeAudit(store, actor, [{ action, target, after: { job: made.id } }])
  return made
}
