import type { JobTypePage, JobTypesQuery } from '@andon/core'
import type { Http } from './http.ts'
import type { CallOptions } from './jobs.ts'

/** Types of jobs. For those who see the jobs of everybody. */
export class JobTypesApi {
  readonly #http: Http

  constructor(http: Http) {
    this.#http = http
  }

  /** A page of them by name; `q` is the beginning of the name. */
  list({ signal, ...query }: JobTypesQuery & CallOptions = {}): Promise<JobTypePage> {
    return this.#http.json<JobTypePage>({ path: '/api/types', query: { ...query }, signal })
  }
}
