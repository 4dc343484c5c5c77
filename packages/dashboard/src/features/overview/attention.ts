import type { AttentionView } from '@andon/core'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { andon } from '../../live/andon.ts'
import type { StackLight } from '../../ui/logo.tsx'

/** What needs somebody, worst first. The live stream asks for it again; the interval stands behind. */
export const attentionQuery = queryOptions({
  queryKey: ['attention'],
  queryFn: ({ signal }) => andon.attention.list({ signal }),
  refetchInterval: 10_000,
})

/** The list; undefined until it is known. */
export function useAttention(): readonly AttentionView[] | undefined {
  return useQuery(attentionQuery).data
}

/** Which light of the stack is on; undefined until it is known. */
export function useStackLight(): StackLight | undefined {
  const attention = useAttention()
  if (attention === undefined) return undefined
  if (attention.some((need) => need.severity === 'error')) return 'bad'
  return attention.length > 0 ? 'warn' : 'ok'
}
