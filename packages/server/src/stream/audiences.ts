import type { Audience, Topic } from './audience.ts'

const NONE: ReadonlySet<Audience> = new Set()

/**
 * Everybody who listens, found by what they listen to: of ten thousand who each look at one job, a change of one is
 * looked at for those of that job only.
 */
export class Audiences {
  readonly #byKey = new Map<string, Audience>()
  readonly #byTopic = new Map<Topic, Set<Audience>>()
  readonly #byJob = new Map<string, Set<Audience>>()

  get(key: string): Audience | undefined {
    return this.#byKey.get(key)
  }

  /** A second call changes nothing. */
  add(audience: Audience): void {
    const { jobId, topic } = audience.interest
    this.#byKey.set(audience.key, audience)
    addTo(this.#byTopic, topic, audience)
    if (jobId !== null) addTo(this.#byJob, jobId, audience)
  }

  delete(audience: Audience): void {
    const { jobId, topic } = audience.interest
    this.#byKey.delete(audience.key)
    deleteFrom(this.#byTopic, topic, audience)
    if (jobId !== null) deleteFrom(this.#byJob, jobId, audience)
  }

  of(topic: Topic): ReadonlySet<Audience> {
    return this.#byTopic.get(topic) ?? NONE
  }

  /** Whether anybody listens to any job. */
  get hearJobs(): boolean {
    return this.#byJob.size > 0 || this.of('jobs').size > 0 || this.of('toasts').size > 0
  }

  /** Those of the topic `job` that listen to this one. */
  ofJob(jobId: string): ReadonlySet<Audience> {
    return this.#byJob.get(jobId) ?? NONE
  }
}

function addTo<K>(sets: Map<K, Set<Audience>>, key: K, audience: Audience): void {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([audience]))
  else set.add(audience)
}

function deleteFrom<K>(sets: Map<K, Set<Audience>>, key: K, audience: Audience): void {
  const set = sets.get(key)
  set?.delete(audience)
  if (set?.size === 0) sets.delete(key)
}
