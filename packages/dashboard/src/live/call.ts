import { AndonError, type ErrorCode, type ProblemDocument } from '@andon/core'

/**
 * Calls a route that the client has no method for: the session's cookie signs the request. Rejects with what the
 * server has against it.
 */
export async function call<T>(
  path: string,
  { method = 'GET', signal }: { readonly method?: 'DELETE' | 'GET'; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const answer = await fetch(path, { method, ...(signal === undefined ? {} : { signal }) })
  const body: unknown = await answer.json()
  if (answer.ok) return body as T
  const { code, detail, ...rest } = body as ProblemDocument
  throw new AndonError(code as ErrorCode, rest, { detail, extra: rest })
}
