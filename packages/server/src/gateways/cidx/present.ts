import type { JobDetail, JobState, JobView } from '@andon/core'
import type { CidxJob, Status } from './schemas.ts'

/** Every state in their words. */
export const STATUS_OF = {
  pending: 'pending',
  sent: 'pending',
  queued: 'pending',
  running: 'running',
  completed: 'completed',
  completed_with_errors: 'completed_partial',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<JobState, Status>

/** A job in the words of the cidx client. Its result is there with a single job, for those who may read payloads. */
export function presentJob(job: JobView | JobDetail): CidxJob {
  const { error, progress } = job
  const repository = job.subject?.type === 'repository' ? job.subject.id : null
  return {
    id: job.id,
    job_id: job.id,
    operation_type: job.type,
    job_type: job.type,
    description: job.description,
    status: STATUS_OF[job.state],
    detailed_status: job.wait_reason ?? job.state,
    progress: Math.floor(progress?.percent ?? (job.state.startsWith('completed') ? 100 : 0)),
    created_at: job.created_at,
    started_at: job.started_at,
    completed_at: job.finished_at,
    updated_at: job.finished_at ?? job.started_at ?? job.queued_at ?? job.created_at,
    username: job.created_by,
    user_id: job.created_by,
    error: error?.message ?? null,
    error_message: error?.message ?? null,
    error_details: detailsOf(job),
    result: 'result' in job ? job.result : null,
    current_phase: progress?.step ?? null,
    current_step: progress?.step ?? null,
    phase_detail: progress?.message ?? progress?.text ?? null,
    steps_completed: progress?.steps_done ?? null,
    total_steps: progress?.steps_total ?? null,
    estimated_remaining: progress?.remaining?.seconds ?? null,
    repository_id: repository,
    repository,
  }
}

/** What happened and what to do about it: their page of a job shows this and nothing else of an error. */
function detailsOf({ advice, error }: JobView): string | null {
  if (error === null) return null
  return `${error.message.replace(/[.]$/, '')}. ${error.hint ?? advice}`
}
