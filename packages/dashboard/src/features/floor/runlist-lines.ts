import type { FloorCell, FloorImposition, FloorJob, RunlistDetail } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useState } from 'react'
import { andon, queries } from '../../live/andon.ts'
import { plural } from '../../ui/format.ts'
import { jobCode, urgencyOf } from './floor-words.ts'
import { type HeldOrder, useHeldOrder } from './held-order.ts'
import type { MatrixLine } from './matrix.tsx'

/** What the rows are, and which of them are shown. */
export interface RunlistView {
  readonly rows: 'jobs' | 'impositions'
  readonly show: Show
  /** Part of a name. */
  readonly q: string
}

export const SHOWS = ['all', 'look', 'open', 'done'] as const
export type Show = (typeof SHOWS)[number]

type Row = Pick<MatrixLine, 'id' | 'kind' | 'name' | 'note' | 'operations'> & { readonly key: string }

/** Every job or imposition of a runlist, as the server orders them: what is wrong first. */
export function rowsOf(runlist: RunlistDetail, rows: RunlistView['rows']): readonly Row[] {
  return rows === 'jobs' ? runlist.job_list.map(jobRow) : runlist.imposition_list.map(impositionRow)
}

/** A job with its version. */
export function jobRow(job: FloorJob): Row {
  const name = jobCode(job)
  return {
    key: `job ${name}`,
    kind: 'job',
    id: job.job_id,
    name,
    note: plural(job.files, 'file'),
    operations: job.operations,
  }
}

function impositionRow({ files, imposition_id: id, operations }: FloorImposition): Row {
  return { key: `imposition ${id}`, kind: 'imposition', id, name: id, note: plural(files, 'file'), operations }
}

/** Whether a row is among those that a tab shows. */
export function isShown(operations: Readonly<Record<string, FloorCell>>, show: Show): boolean {
  if (show === 'all') return true
  if (show === 'look') return urgencyOf(operations) !== 'none'
  const isDone = Object.values(operations).every(({ state }) => state === 'done')
  return show === 'done' ? isDone : !isDone
}

/** The lines of the table, where they stand and as they are now. */
export interface RunlistLines extends Pick<HeldOrder, 'fresh' | 'gone' | 'update'> {
  readonly lines: readonly MatrixLine[]
  readonly expand: (imposition: string) => void
}

/** Rows of a view in an order that stays; the jobs of impositions that are open under them. */
export function useRunlistLines(runlist: RunlistDetail, view: RunlistView): RunlistLines {
  const { q, rows, show } = view
  const all = useMemo(() => rowsOf(runlist, rows), [runlist, rows])
  const wanted = useMemo(() => {
    const part = q.trim().toLowerCase()
    const fitting = all.filter(({ name, operations }) => isShown(operations, show) && name.toLowerCase().includes(part))
    return fitting.map(({ key }) => key)
  }, [all, show, q])
  const held = useHeldOrder(wanted, [runlist.runlist_id, rows, show, q].join('\n'))
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const jobs = useJobsOn(runlist, open)
  const lines = useMemo(() => {
    const known = new Map(all.map((row) => [row.key, row]))
    return held.ids.flatMap((key): MatrixLine[] => {
      const row = known.get(key)
      if (row === undefined) return []
      const isExpanded = row.kind === 'imposition' ? open.has(row.id) : null
      const line: MatrixLine = { ...row, depth: 0, isExpanded, isGone: held.gone.has(key) }
      return isExpanded ? [line, ...(jobs.get(row.id) ?? [])] : [line]
    })
    // The set of what is gone is made anew each time; it follows from the rows.
  }, [all, held.ids, held.gone.size, open, jobs])
  const expand = useCallback((imposition: string) => {
    setOpen((before) => {
      const next = new Set(before)
      if (!next.delete(imposition)) next.add(imposition)
      return next
    })
  }, [])
  return { lines, fresh: held.fresh, gone: held.gone, update: held.update, expand }
}

/** Which jobs lie on impositions is asked for as they are opened; their cells are those of the runlist, which is live. */
function useJobsOn(runlist: RunlistDetail, open: ReadonlySet<string>): ReadonlyMap<string, readonly MatrixLine[]> {
  const ids = [...open]
  const { data: codes } = useQuery({
    queryKey: ['floor-jobs-on', ids],
    enabled: ids.length > 0,
    // What is open stays so while the jobs of one more are asked for.
    placeholderData: (before: Map<string, readonly string[]> | undefined) => before,
    queryFn: async () => new Map(await Promise.all(ids.map(async (id) => [id, await codesOn(id)] as const))),
  })
  return useMemo(() => {
    const known = new Map(runlist.job_list.map((job) => [jobCode(job), jobRow(job)]))
    const under = (imposition: string, on: readonly string[]) =>
      on.flatMap((code): MatrixLine[] => {
        const row = known.get(code)
        if (row === undefined) return []
        return [{ ...row, key: `${imposition} ${row.key}`, depth: 1, isExpanded: null, isGone: false }]
      })
    return new Map([...(codes ?? [])].map(([id, on]) => [id, under(id, on)]))
  }, [runlist, codes])
}

/** Planning changes seldom: what was opened once is not asked for again soon. */
function codesOn(imposition: string): Promise<readonly string[]> {
  return queries.fetchQuery({
    queryKey: ['floor-jobs-on', imposition],
    staleTime: 60_000,
    queryFn: async ({ signal }) => (await andon.floor.imposition(imposition, { signal })).jobs.map(jobCode),
  })
}
