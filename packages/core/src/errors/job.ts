import type { ErrorEntry } from './entry.ts'

/** What can go wrong with a job: commands that do not fit its state, and the ends that its execution can come to. */
export const JOB_ERRORS = {
  job_already_final: {
    status: 409,
    title: 'The job has ended already',
    hint: 'A job that has ended never changes. To do the work again, retry it: that makes a new job.',
    retryable: false,
  },
  state_conflict: {
    status: 409,
    title: 'The job is in a state that does not allow this',
    hint: 'Look at the state the job is in now, and choose something that fits it.',
    retryable: false,
  },
  already_retried: {
    status: 409,
    title: 'The job was retried already',
    hint: 'Follow the link to the first retry, and retry that one if it failed too.',
    retryable: false,
  },
  artifacts_cleaned: {
    status: 410,
    title: 'What the job printed or worked on is not kept any more',
    hint: 'Make the job anew from where it came from. How long it is kept stands in the settings, under Retention.',
    retryable: false,
  },
  job_archived: {
    status: 410,
    title: 'The month of the job was archived',
    hint: 'An administrator can bring the month back: in the settings, under Retention, or with andon history restore.',
    retryable: false,
  },
  month_not_found: {
    status: 404,
    title: 'There is no such month of history',
    hint: 'See which there are: in the settings, under Retention, or with andon history list.',
    retryable: false,
  },
  lease_lost: {
    status: 409,
    title: 'The job is no longer held by this worker',
    hint: 'Stop working on it. Another attempt may have begun; the report was kept in the log.',
    retryable: false,
  },
  queue_full: {
    status: 429,
    title: 'The queue is full',
    hint: 'Wait until the queue is shorter, or raise its depth limit.',
    retryable: true,
  },
  items_out_of_range: {
    status: 400,
    title: 'A batch needs 1 to 500 items',
    hint: 'Send 1 to 500 items (200 is a good size), and split larger orders into several jobs.',
    retryable: false,
  },
  duplicate_job: {
    status: 409,
    title: 'A job with the same key is waiting or running',
    hint: 'Wait for the job that is named, or cancel it first.',
    retryable: false,
  },
  memory_limit_exceeded: {
    status: null,
    title: 'The job used more memory than it may',
    hint: 'Raise the memory limit of this job type, or give it less work at a time.',
    retryable: false,
  },
  cpu_limit_exceeded: {
    status: null,
    title: 'The job used more CPU time than it may',
    hint: 'Raise the CPU limit of this job type, or give it less work at a time.',
    retryable: false,
  },
  time_limit_exceeded: {
    status: null,
    title: 'The job ran longer than it may',
    hint: 'Raise the time limit of this job type, or look in the log for the step that takes so long.',
    retryable: true,
  },
  deadline_exceeded: {
    status: null,
    title: 'The job was not done by its deadline',
    hint: 'Retry it with a later deadline if it is still wanted.',
    retryable: false,
  },
  worker_lost: {
    status: null,
    title: 'The worker stopped while it had the job',
    hint: 'Nothing to do unless it happens again and again: then the job itself may be ending its worker.',
    retryable: true,
  },
  poison_job: {
    status: null,
    title: 'The job has ended its worker several times',
    hint: 'Look at the log of the last attempt and at the memory of the worker before you retry it.',
    retryable: false,
  },
  handler_failed: {
    status: null,
    title: 'The handler reported an error',
    hint: 'Read the message and the traceback of the attempt.',
    retryable: true,
  },
  handler_exited: {
    status: null,
    title: 'The process of the handler ended before the handler did',
    hint: 'Look for what ends the process: a call of process.exit, a signal, or a crash of a native module.',
    retryable: true,
  },
  handler_missing: {
    status: 400,
    title: 'No worker knows this job type',
    hint: 'Start a worker that handles the type, or correct the type.',
    retryable: true,
  },
  invalid_input: {
    status: null,
    title: 'The handler refused the input',
    hint: 'Correct the input and create the job again.',
    retryable: false,
  },
  parent_failed: {
    status: null,
    title: 'A job that this one waited for did not succeed',
    hint: 'Mend and retry the parent job, then retry this one.',
    retryable: false,
  },
  expired: {
    status: null,
    title: 'The job was not started in time',
    hint: 'Create it again if it is still wanted; find out why its queue stood still.',
    retryable: false,
  },
  cancelled: {
    status: null,
    title: 'The job was cancelled',
    hint: 'Retry it if that was a mistake.',
    retryable: false,
  },
} as const satisfies Record<string, ErrorEntry>
