import type { Role, SessionView } from '@andon/core'
import { isProblem } from '@andon/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { andon, jobCache, queries } from '../../live/andon.ts'

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<SessionView | null> => {
    try {
      return await andon.session.current({ signal })
    } catch (error) {
      if (isProblem(error, 'unauthenticated')) return null
      throw error
    }
  },
})

/** How one may sign in here. */
export const waysQuery = queryOptions({
  queryKey: ['sign-in-ways'],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: ({ signal }) => andon.session.ways({ signal }),
})

/** The session of the page; undefined before it is known or when nobody is signed in. */
export function useSession(): SessionView | undefined {
  return useQuery(sessionQuery).data ?? undefined
}

const RANKS: Record<Role, number> = { viewer: 0, operator: 1, supervisor: 2, admin: 3 }

/** Whether the person may do what this role may: the page offers nothing that the server would refuse. */
export function useIsAtLeast(role: Role): boolean {
  const session = useSession()
  return session !== undefined && RANKS[session.account.role] >= RANKS[role]
}

/** Ends the session and forgets what was seen. */
export async function signOut(): Promise<void> {
  await andon.session.signOut()
  jobCache.clear()
  queries.clear()
  location.assign('/sign-in')
}
