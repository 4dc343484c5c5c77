import {
  type AndonError,
  clientProblem,
  DAY_MS,
  type ErrorGroupView,
  HOUR_MS,
  isProblem,
  quoteValue,
} from '@andon/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { useStats } from '../../live/board.ts'
import { bulkPlan } from '../bulk/bulk.ts'

/** Periods that can be picked; the first one stands when nothing is said. */
export const ERROR_PERIODS = [
  { id: '24h', word: '24 hours', ms: DAY_MS },
  { id: '7d', word: '7 days', ms: 7 * DAY_MS },
  { id: '30d', word: '30 days', ms: 30 * DAY_MS },
] as const

/** What the address of the page holds: the period, and whether only what is left is shown. */
export interface ErrorsSearch {
  readonly period?: string
  readonly show?: string
}

/** What an address asks for. */
export interface ErrorsView {
  readonly period: (typeof ERROR_PERIODS)[number]
  /** Only groups in which some job was not retried. */
  readonly isOpen: boolean
}

export function errorsView({ period, show }: ErrorsSearch): ErrorsView {
  return { period: ERROR_PERIODS.find(({ id }) => id === period) ?? ERROR_PERIODS[0], isOpen: show === 'open' }
}

/** When the period of a view begins, on the hour, so that it stays the same for a while. */
export function sinceOf({ period }: ErrorsView, nowMs: number): string {
  return new Date(Math.floor((nowMs - period.ms) / HOUR_MS) * HOUR_MS).toISOString()
}

/** The query that finds the jobs of a group that ended since then. */
export function jobsOfGroup(fingerprint: string, since: string): string {
  return `fingerprint:${quoteValue(fingerprint)} finished:>=${since}`
}

/** The groups while they are read, and then; kept as they are until the next ones are there. */
export interface ErrorGroups {
  /** Undefined before the first answer. */
  readonly groups: readonly ErrorGroupView[] | undefined
  readonly bucket: 'hour' | 'day'
  readonly error: AndonError | null
  /** Null when there are no more. */
  readonly more: (() => void) | null
}

const PAGE = 50
const KEY = 'errors'

export function useErrorGroups({ isOpen }: ErrorsView, since: string): ErrorGroups {
  const { data, error, fetchNextPage, hasNextPage } = useInfiniteQuery({
    queryKey: [KEY, isOpen, since],
    queryFn: ({ pageParam, signal }) =>
      andon.errors.list({ since, limit: PAGE, cursor: pageParam, signal, ...(isOpen ? { open: true } : {}) }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor: cursor }) => cursor ?? undefined,
    placeholderData: (before) => before,
    refetchInterval: AGAIN_MS,
  })
  useLiveErrors()
  return {
    groups: data?.pages.flatMap((page) => page.data),
    bucket: data?.pages[0]?.bucket ?? 'hour',
    error: error === null ? null : isProblem(error) ? error : clientProblem('internal', { cause: error }),
    more: hasNextPage ? () => void fetchNextPage() : null,
  }
}

/** Errors are counted a second behind the jobs that end, */
const BEHIND_MS = 1_500

/** and further behind while there is much to do, of which nothing else tells. */
const AGAIN_MS = 5_000

/** Asks again soon after something happened in the shop, however much. */
function useLiveErrors(): void {
  const seq = useStats()?.seq
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => {
    if (seq === undefined) return
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      void queries.invalidateQueries({ queryKey: [KEY] })
    }, BEHIND_MS)
  }, [seq])
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [],
  )
}

/** Shows what a retry of the group would do, and does it when the person says so. */
export function planGroupRetry(group: ErrorGroupView, since: string): void {
  bulkPlan.set({
    action: 'retry',
    what: `the errors “${group.title ?? group.message}”`,
    preview: () => andon.errors.previewRetry(group.fingerprint, { since }),
    start: () => andon.errors.retry(group.fingerprint, { since }),
  })
}
