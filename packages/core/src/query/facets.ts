import type { JobState, Priority, Proof, WaitReason } from '../states.ts'
import { compoundsOf } from './words.ts'

/** Words of a job that are kept for search at most. What comes later in {@link textsOf} is not found by text. */
export const WORD_LIMIT = 400

/** Item references that are kept for search at most: a batch has no more items. */
export const REF_LIMIT = 500

/** Everything about a job that a query can ask for. Times are milliseconds since 1970. */
export interface JobFacets {
  readonly id: string
  readonly state: JobState
  readonly type: string
  readonly queue: string | null
  readonly printer: string | null
  readonly pool: string | null
  readonly station: string | null
  readonly worker: string | null
  readonly createdBy: string
  readonly tags: Readonly<Record<string, string>>
  readonly subject: { readonly type: string; readonly id: string } | null
  readonly description: string | null
  readonly summary: string | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  /** See `errorFingerprint`; null unless it ended with an error. */
  readonly fingerprint: string | null
  readonly itemRefs: readonly string[]
  readonly priority: Priority
  readonly proof: Proof | null
  readonly waitReason: WaitReason | null
  readonly parent: string | null
  readonly retryOf: string | null
  readonly attempt: number
  readonly itemsTotal: number | null
  readonly itemsDone: number | null
  readonly itemsFailed: number | null
  readonly createdAtMs: number
  readonly queuedAtMs: number | null
  readonly startedAtMs: number | null
  readonly finishedAtMs: number | null
  /** Null where the reader may not see payloads: then nothing in it is found. */
  readonly input: unknown
  readonly result: unknown
}

/** The texts of a job in which free words are looked for, the most telling first. */
export function textsOf(job: JobFacets): string[] {
  const tags = Object.entries(job.tags).map(([key, value]) => `${key} ${value}`)
  const texts = [
    job.description,
    job.subject?.type,
    job.subject?.id,
    job.type,
    job.printer,
    job.createdBy,
    job.errorCode,
    job.errorMessage,
    job.summary,
    job.station,
    job.queue,
    ...tags,
    ...job.itemRefs.slice(0, REF_LIMIT),
  ]
  return texts.filter((text): text is string => typeof text === 'string' && text !== '')
}

/** The compounds of each text of a job, {@link WORD_LIMIT} parts in all: the words that search knows of it. */
export function jobCompounds(job: JobFacets): string[][][] {
  const compounds: string[][][] = []
  let left = WORD_LIMIT
  for (const text of textsOf(job)) {
    if (left <= 0) break
    const found = compoundsOf(text, left)
    for (const parts of found) left -= parts.length
    compounds.push(found)
  }
  return compounds
}

/** The words that a facet can be asked by, unfolded; empty where the job has none. */
export const FACET_VALUES: ReadonlyMap<string, (job: JobFacets) => readonly string[]> = new Map(
  Object.entries({
    state: (job: JobFacets) => [job.state],
    type: (job: JobFacets) => [job.type],
    queue: (job: JobFacets) => some(job.queue),
    printer: (job: JobFacets) => some(job.printer),
    pool: (job: JobFacets) => some(job.pool),
    station: (job: JobFacets) => some(job.station),
    worker: (job: JobFacets) => some(job.worker),
    by: (job: JobFacets) => [job.createdBy],
    tag: (job: JobFacets) => Object.entries(job.tags).flatMap(([key, value]) => [key, `${key}=${value}`]),
    subject: ({ subject }: JobFacets) => (subject === null ? [] : [subject.id, `${subject.type}=${subject.id}`]),
    'item.ref': (job: JobFacets) => job.itemRefs.slice(0, REF_LIMIT),
    error: (job: JobFacets) => some(job.errorCode),
    fingerprint: (job: JobFacets) => some(job.fingerprint),
    priority: (job: JobFacets) => [job.priority],
    proof: (job: JobFacets) => some(job.proof),
    wait: (job: JobFacets) => some(job.waitReason),
    id: (job: JobFacets) => [job.id],
    parent: (job: JobFacets) => some(job.parent),
    retry_of: (job: JobFacets) => some(job.retryOf),
  }),
)

function some(value: string | null): string[] {
  return value === null || value === '' ? [] : [value]
}
