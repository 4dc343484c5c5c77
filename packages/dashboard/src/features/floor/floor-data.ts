import type {
  CatalogueOperation,
  FloorJobDetail,
  FloorStatus,
  ImpositionDetail,
  RunlistDetail,
  RunlistSummary,
} from '@andon/core'
import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import { andon } from '../../live/andon.ts'
import { useFloorQuery } from '../../live/floor.ts'

/** Records may be written by other software, of which the stream tells nothing before they are processed. */
const STATUS_MS = 5_000

/** How far the sources are. */
export function useFloorStatus(): UseQueryResult<FloorStatus> {
  return useFloorQuery({ key: ['status'], load: (signal) => andon.floor.status({ signal }), everyMs: STATUS_MS })
}

/** Runlists that were touched last, on one page. */
export function useRecentRunlists(): UseQueryResult<readonly RunlistSummary[]> {
  const load = async (signal: AbortSignal) => (await andon.floor.runlists({ limit: 25, signal })).data
  return useFloorQuery({ key: ['runlists'], load })
}

/** One runlist with every cell, followed live. */
export function useRunlist(id: string): UseQueryResult<RunlistDetail> {
  return useFloorQuery({
    key: ['runlist', id],
    load: (signal) => andon.floor.runlist(id, { signal }),
    isTouched: ({ job_list: shown }, { jobs, more }) => more || touches(shown, jobs),
  })
}

/** One imposition, followed live. */
export function useImposition(id: string): UseQueryResult<ImpositionDetail> {
  return useFloorQuery({
    key: ['imposition', id],
    load: (signal) => andon.floor.imposition(id, { signal }),
    isTouched: ({ jobs: shown }, { jobs, more }) => more || touches(shown, jobs),
  })
}

/** One job of the floor, followed live. */
export function useFloorJob(id: string): UseQueryResult<FloorJobDetail> {
  return useFloorQuery({
    key: ['job', id],
    load: (signal) => andon.floor.job(id, { signal }),
    isTouched: (_, { jobs, more }) => more || jobs.includes(id),
  })
}

/** Names of the shop's operations in their order; undefined until they are known. */
export function useOperationTypes(): readonly string[] | undefined {
  const { data } = useQuery({
    queryKey: ['floor', 'operations'],
    staleTime: 60_000,
    queryFn: ({ signal }) => andon.floor.operations({ signal }),
  })
  return data === undefined ? undefined : typesOf(data)
}

function typesOf(catalogue: readonly CatalogueOperation[]): readonly string[] {
  const ordered = catalogue.toSorted((a, b) => a.position - b.position)
  return [...new Set(ordered.map((operation) => operation.operation_type))]
}

function touches(shown: readonly { readonly job_id: string }[], jobs: readonly string[]): boolean {
  const changed = new Set(jobs)
  return shown.some(({ job_id: id }) => changed.has(id))
}
