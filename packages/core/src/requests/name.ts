import { problem } from '../errors.ts'

/** A name whose ends cannot be seen, or that moves the cursor of a terminal, is never typed again as it is. */
const UNSEEN = /^\s|\s$|\p{Cc}/u

/** @throws `validation_failed` for a name that looks like another one */
export function refuseUnseenNames(name: string | undefined, field: string): void {
  if (name === undefined || !UNSEEN.test(name)) return
  throw problem('validation_failed', {
    field,
    detail: `${JSON.stringify(name)} begins or ends with a space, or has control characters`,
    allowed: 'a name that is seen as it is written',
  })
}
