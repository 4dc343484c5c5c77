import { type PauseRequest, problem } from '@andon/core'
import type { Pause } from '@andon/store'
import { Type } from 'typebox'

/** Drains by default; `is_draining: false` takes it back. */
export const DrainRequest = Type.Object({ is_draining: Type.Optional(Type.Boolean()) }, { additionalProperties: false })

/** @throws `validation_failed` for an end that is over */
export function pauseOf({ reason, until }: PauseRequest): Pause {
  if (until !== undefined && Date.parse(until) <= Date.now()) {
    throw problem('validation_failed', {
      field: '/until',
      detail: 'The pause would be over already',
      allowed: 'a time to come',
    })
  }
  return { reason: reason ?? null, until: until === undefined ? null : new Date(until) }
}
