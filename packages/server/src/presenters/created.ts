import type { CreatedJob } from '@andon/core'
import type { CreatedJob as Created } from '@andon/store'

/** The answer to whatever makes a job. */
export function presentCreated({ id, isExisting }: Created): CreatedJob {
  return { id, is_existing: isExisting }
}
