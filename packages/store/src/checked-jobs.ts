import { CreateJob, CreateJobs, messageOf, problem } from '@andon/core'
import { checkValue, validatorOf } from '@andon/core/requests'

const checkJob = validatorOf(CreateJob, 'body')
const checkJobs = validatorOf(CreateJobs, 'body')

/**
 * A job that a program asks for, as the server would have read it: what did not pass there passes here as little.
 *
 * @throws the problem of the first wrong field
 */
export function checkedJob(job: CreateJob): CreateJob {
  // The schema has just checked it.
  return checkJob(asRequest(job)) as CreateJob
}

/**
 * 1 to 1,000 jobs that a program asks for together, as the server would have read them.
 *
 * @throws the problem of the first wrong field
 */
export function checkedJobs(jobs: readonly CreateJob[]): CreateJob[] {
  // The schema has just checked them.
  return (checkJobs(asRequest({ jobs })) as CreateJobs).jobs
}

/** What JSON keeps of it: a copy, which the program does not change while it is written. */
function asRequest(body: unknown): unknown {
  const value: unknown = JSON.parse(written(body))
  checkValue(value)
  return value
}

function written(body: unknown): string {
  try {
    return JSON.stringify(body)
  } catch (cause) {
    const detail = `The job cannot be written as JSON: ${messageOf(cause)}`
    throw problem('validation_failed', { detail, cause })
  }
}
