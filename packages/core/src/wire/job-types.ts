import { type Static, Type } from 'typebox'
import { LOST_ACTIONS } from '../states.ts'
import { RetryPolicySchema } from './job.ts'
import { ListParams, Nullable, pageOf, Text, Words } from './scalars.ts'

/** What the jobs of a type get when they do not say it themselves; of `print.*`, at a printer. */
export const JobTypeView = Type.Object({
  name: Type.String(),
  /** Attempts of a job, the first one included; those of `retry` where it has one. */
  max_attempts: Type.Integer(),
  /** Null: the usual waits of the kind of work. */
  retry: Nullable(RetryPolicySchema),
  /** What happens to a job whose worker is lost. */
  lost_action: Words(LOST_ACTIONS),
})
export type JobTypeView = Static<typeof JobTypeView>

export const JobTypePage = pageOf(JobTypeView)
export type JobTypePage = Static<typeof JobTypePage>

/** `q` is the beginning of the name. */
export const JobTypesQuery = Type.Object({ ...ListParams, q: Type.Optional(Text(100)) })
export type JobTypesQuery = Static<typeof JobTypesQuery>
