import type { AvailabilityView, FailuresView, MediaView, ReprintsView, ThroughputView, WaitsView } from '@andon/core'
import { durationWords, SECOND_MS } from '@andon/core/base'
import type { RowsSpec } from '../../output/rows.ts'
import type { Column } from '../../output/table.ts'

/** What every row begins with; null: jobs without a printer, or the printer's own media. */
interface Named {
  readonly name: string | null
}

type Figure = number | string | null

const EMPTY = 'Nothing ended in this period. Take a longer one with --since 30d'

/** The columns of a list whose rows have these members. */
function specOf<T extends Named>(
  nameTitle: string,
  columns: readonly (Column<T> & { readonly name: keyof T & string })[],
): RowsSpec<T> {
  const name: Column<T> = { name: 'name', title: nameTitle, shrink: 12, value: (row) => row.name, cell: nameText }
  const fields: readonly (keyof T & string)[] = ['name', ...columns.map((column) => column.name)]
  return { columns: [name, ...columns], fields, empty: EMPTY, name: nameText }
}

function nameText(row: Named): string {
  return row.name ?? '(none)'
}

function figure<K extends string>(
  name: K,
  title: string,
  write: (value: number) => string = (value) => value.toLocaleString('en'),
): Column<Record<K, Figure> & Named> & { readonly name: K } {
  return {
    name,
    title,
    align: 'right',
    value: (row) => row[name],
    cell: (row) => {
      const value = row[name]
      return typeof value === 'number' ? write(value) : (value ?? '')
    },
  }
}

const share = (value: number): string => `${(value * 100).toFixed(1)} %`
const time = (seconds: number): string => durationWords(seconds * SECOND_MS)

/** Rows of `throughput`. */
export function throughputRows({ current, previous }: ThroughputView) {
  return current.groups.map(({ jobs, labels, name }) => {
    const before = previous.groups.find((group) => group.name === name)
    return { name, labels, labels_before: before?.labels ?? 0, jobs, jobs_before: before?.jobs ?? 0 }
  })
}
export const THROUGHPUT = specOf<ReturnType<typeof throughputRows>[number]>('OF', [
  figure('labels', 'LABELS'),
  figure('labels_before', 'BEFORE'),
  figure('jobs', 'JOBS'),
  figure('jobs_before', 'BEFORE'),
])

/** Rows of `failures`. */
export function failureRows({ current, previous }: FailuresView) {
  return current.groups.map((group) => ({
    ...group,
    rate_before: previous.groups.find(({ name }) => name === group.name)?.rate ?? null,
  }))
}
export const FAILURES = specOf<ReturnType<typeof failureRows>[number]>('OF', [
  figure('failed', 'FAILED'),
  figure('jobs', 'OF JOBS'),
  figure('rate', 'RATE', share),
  figure('rate_before', 'BEFORE', share),
])

/** Rows of `reasons`. */
export function reasonRows({ current, previous }: FailuresView) {
  return current.reasons.map(({ code, jobs, title }) => ({
    name: code,
    title,
    jobs,
    jobs_before: previous.reasons.find((reason) => reason.code === code)?.jobs ?? 0,
  }))
}
export const REASONS = specOf<ReturnType<typeof reasonRows>[number]>('REASON', [
  figure('jobs', 'JOBS'),
  figure('jobs_before', 'BEFORE'),
  { name: 'title', title: 'WHAT HAPPENED', drop: 1, value: (row) => row.title },
])

/** Rows of `waits`, in seconds. */
export function waitRows({ current }: WaitsView) {
  return current.groups.map(({ name, running, waiting }) => ({
    name,
    jobs: waiting.jobs,
    waiting_p50_s: waiting.p50_s,
    waiting_p95_s: waiting.p95_s,
    running_p50_s: running.p50_s,
    running_p95_s: running.p95_s,
  }))
}
export const WAITS = specOf<ReturnType<typeof waitRows>[number]>('OF', [
  figure('jobs', 'JOBS'),
  figure('waiting_p50_s', 'WAITED P50', time),
  figure('waiting_p95_s', 'P95', time),
  figure('running_p50_s', 'RAN P50', time),
  figure('running_p95_s', 'P95', time),
])

/** Rows of `reprints`. */
export function reprintRows({ current }: ReprintsView) {
  return current.groups
}
export const REPRINTS = specOf<ReturnType<typeof reprintRows>[number]>('OF', [
  figure('reprints', 'REPRINTS'),
  figure('labels', 'LABELS'),
  figure('jobs', 'OF PRINTS'),
  figure('rate', 'RATE', share),
])

/** Rows of `availability`; `stopped_s` are seconds stopped or offline. */
export function availabilityRows({ current, previous }: AvailabilityView) {
  return current.printers.map(({ available, name, seconds, stopped }) => ({
    name,
    available,
    available_before: previous.printers.find((printer) => printer.name === name)?.available ?? null,
    stopped_s: seconds.stopped + seconds.offline,
    worst: stopped[0]?.title ?? null,
  }))
}
export const AVAILABILITY = specOf<ReturnType<typeof availabilityRows>[number]>('PRINTER', [
  figure('available', 'AVAILABLE', share),
  figure('available_before', 'BEFORE', share),
  figure('stopped_s', 'STOPPED', time),
  { name: 'worst', title: 'MOSTLY', drop: 1, value: (row) => row.worst },
])

/** Rows of `media`. */
export function mediaRows({ current, previous }: MediaView) {
  return current.media.map(({ jobs, labels, media, sheets }) => ({
    name: media,
    sheets,
    sheets_before: previous.media.find((each) => each.media === media)?.sheets ?? 0,
    labels,
    jobs,
  }))
}
export const MEDIA = specOf<ReturnType<typeof mediaRows>[number]>('MEDIA', [
  figure('sheets', 'SHEETS'),
  figure('sheets_before', 'BEFORE'),
  figure('labels', 'LABELS'),
  figure('jobs', 'JOBS'),
])
