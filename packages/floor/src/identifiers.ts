import { problem } from '@andon/core'

/** What a file's name says. */
export interface FileName {
  /** First two numeric segments, such as `4604_5889`. */
  readonly jobId: string
  /** The `version_tag` of its operations, such as `1`. */
  readonly versionTag: string
}

/**
 * How file names are taken apart: a regular expression that means the same in PostgreSQL and here, whose first group is
 * the version and whose second is the job. Names in which `job` occurs more than once name several jobs.
 */
export interface FilePattern {
  readonly source: string
  /** Finds the part that names a job: the second group with what leads up to it. */
  readonly job: string
}

/** Names over this many bytes are set aside unread. */
export const FILE_NAME_BYTES = 1_024

/** `FILE_<version>_Labex_<job>_<rest>`. */
export const DEFAULT_FILE_PATTERN: FilePattern = {
  source: '^FILE_([^_]+)_Labex_([0-9]+_[0-9]+)(?:_|$)',
  job: '_Labex_[0-9]+_[0-9]+',
}

const JOB_CODE = /^([0-9]+_[0-9]+)_([^\s_][^\s]*)$/
/** A group that is repeated and has a repetition inside takes exponential time on names made for it. */
const NESTED_REPETITION = /\([^()]*[+*}][^()]*\)[+*{]/
const BACK_REFERENCE = /\\[1-9]/

/**
 * A shop's own pattern, in which the group of the job is led up to by the text that stands right before it.
 *
 * @throws validation_failed when it is no expression, has not two groups, or could take very long
 */
export function filePattern(source: string): FilePattern {
  const refuse = (detail: string): never => {
    throw problem('validation_failed', { field: 'file_pattern', detail, allowed: DEFAULT_FILE_PATTERN.source })
  }
  if (source.length > 200) refuse('The pattern has more than 200 characters.')
  if (NESTED_REPETITION.test(source)) refuse('A repeated group may not have a repetition inside.')
  if (BACK_REFERENCE.test(source) || source.includes('(?<')) refuse('Back references and named groups are not taken.')
  if (!isExpression(source)) refuse('It is no regular expression.')
  const groups = [...source.matchAll(/(?:(?<=[^\\])|^)\((?!\?)/g)]
  const second = groups[1]
  if (groups.length !== 2 || second === undefined) return refuse('It needs two groups: version, then job.')
  const end = source.indexOf(')', second.index)
  const lead = /[A-Za-z0-9_-]*$/.exec(source.slice(0, second.index))?.[0] ?? ''
  return { source, job: lead + source.slice(second.index + 1, end) }
}

/** What a name says; null for one that does not fit, names several jobs, or is too long to be read. */
export function parseFileName(name: string, pattern: FilePattern = DEFAULT_FILE_PATTERN): FileName | null {
  if (new TextEncoder().encode(name).length > FILE_NAME_BYTES) return null
  const match = new RegExp(pattern.source).exec(name)
  const [, versionTag, jobId] = match ?? []
  if (versionTag === undefined || jobId === undefined) return null
  const jobs = name.match(new RegExp(pattern.job, 'g')) ?? []
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

function isExpression(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp
  } catch {
    return false
  }
}
