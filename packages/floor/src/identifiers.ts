import { DEFAULT_FILE_PATTERN, expression, type FilePattern } from './file-pattern.ts'

/** What a file's name says. */
export interface FileName {
  /** First two numeric segments, such as `4604_5889`. */
  readonly jobId: string
  /** The `version_tag` of its operations, such as `1`. */
  readonly versionTag: string
}

/** Names over this many bytes are set aside unread. */
export const FILE_NAME_BYTES = 1_024

const JOB_CODE = /^([0-9]+_[0-9]+)_([^\s_][^\s]*)$/
/** What a name says; null for one that does not fit, names several jobs, or is too long to be read. */
export function parseFileName(name: string, pattern: FilePattern = DEFAULT_FILE_PATTERN): FileName | null {
  if (new TextEncoder().encode(name).length > FILE_NAME_BYTES) return null
  const match = expression(pattern.source).exec(name)
  const [, versionTag, jobId] = match ?? []
  if (versionTag === undefined || jobId === undefined) return null
  const jobs = [...name.matchAll(expression(pattern.job, 'g'))]
  return jobs.length > 1 ? null : { jobId, versionTag }
}

/** The name of a file of a job, as the default pattern reads it. */
export function fileName({ jobId, versionTag }: FileName, rest: string): string {
  return `FILE_${versionTag}_Labex_${jobId}${rest === '' ? '' : `_${rest}`}`
}

/** A single job's code, `<job_id>_<version_tag>`; null when the text is none. */
export function parseJobCode(text: string): FileName | null {
  const [, jobId, versionTag] = JOB_CODE.exec(text) ?? []
  return jobId === undefined || versionTag === undefined ? null : { jobId, versionTag }
}

/** What a label with a single job's code says. */
export function jobCode({ jobId, versionTag }: FileName): string {
  return `${jobId}_${versionTag}`
}
