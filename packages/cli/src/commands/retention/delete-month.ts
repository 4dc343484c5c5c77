import type { CreatedJob, ProblemDocument } from '@andon/core'
import { isErrorCode, messageOf, problem } from '@andon/core/base'
import type { Session } from '../../session.ts'

/**
 * Asks the server to delete an archived month (`YYYYMM`); the job that does it. Speaks HTTP itself: the client has no
 * method for what no program should do by the way.
 *
 * @throws month_not_found, state_conflict for a month that is not in the archive, duplicate_job while it is on its way
 */
export async function askToDelete(session: Session, month: string): Promise<CreatedJob> {
  const { token, url } = await session.connection()
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}/api/history/${month}`, { method: 'DELETE', headers: authorization }).catch(
    (cause: unknown) => {
      throw problem('server_unreachable', { detail: `${url} does not answer: ${messageOf(cause)}`, cause })
    },
  )
  if (answer.ok) return (await answer.json()) as CreatedJob
  const { code, detail, hint, ...extra } = (await answer.json()) as ProblemDocument
  throw problem(isErrorCode(code) ? code : 'bad_request', { detail, hint, extra })
}
