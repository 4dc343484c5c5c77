import { type AndonError, isProblem, clientProblem } from '@andon/core'
import type { AnalyticsQueries } from '@andon/sdk'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { andon } from '../../live/andon.ts'
import { type AnalyticsView, queriesOf } from './view.ts'

/** One set of figures while it is read, and then. */
export interface Figures<V> {
  /** Undefined before the first answer. */
  readonly data: V | undefined
  readonly error: AndonError | null
  /** Shows the figures of another view until those of this one are there. */
  readonly isOld: boolean
  /** Address of the same figures as CSV. */
  readonly csv: string
}

type Name = keyof AnalyticsQueries
type Answer<K extends Name> = Awaited<ReturnType<(typeof andon.analytics)[K]>>

/** The figures of a view. A view that moved on with the clock keeps showing its last ones until the next are there. */
export function useFigures<K extends Name>(name: K, view: AnalyticsView): Figures<Answer<K>> {
  const query = queriesOf(view)[name]
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ['analytics', name, query],
    // The name decides the shape of both, which the compiler does not follow through the table of methods.
    queryFn: ({ signal }) => andon.analytics[name](query, { signal }) as Promise<Answer<K>>,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
  return {
    data: error === null ? data : undefined,
    error: error === null ? null : isProblem(error) ? error : clientProblem('internal', { cause: error }),
    isOld: isPlaceholderData,
    csv: andon.analytics.csvUrl(name, query),
  }
}
