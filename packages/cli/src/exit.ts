import type { AndonError, JobState } from '@andon/core'

/** What the process says to scripts at its end; documented, and never changed. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  jobFailed: 5,
  jobCancelled: 6,
  completedWithErrors: 7,
  conflict: 8,
  timeout: 9,
  unreachable: 10,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A command was used wrongly: the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string | null

  constructor(message: string, hint: string | null = null) {
    super(message)
    this.hint = hint
  }
}

/** Somebody pressed Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** The exit code for a refusal. */
export function exitOfProblem(error: AndonError): ExitCode {
  if (error.code === 'server_unreachable') return EXIT.unreachable
  if (error.code === 'timed_out') return EXIT.timeout
  switch (error.status) {
    case 400:
      return EXIT.usage
    case 401:
    case 403:
      return EXIT.notAllowed
    case 404:
      return EXIT.notFound
    case 409:
      return EXIT.conflict
    default:
      return EXIT.error
  }
}

/** The exit code for the state in which a job was left; ok while it has not ended. */
export function exitOfState(state: JobState): ExitCode {
  if (state === 'failed') return EXIT.jobFailed
  if (state === 'cancelled') return EXIT.jobCancelled
  return state === 'completed_with_errors' ? EXIT.completedWithErrors : EXIT.ok
}

/** The worst of several: the first that is not ok. */
export function firstFailure(codes: readonly ExitCode[]): ExitCode {
  return codes.find((code) => code !== EXIT.ok) ?? EXIT.ok
}
