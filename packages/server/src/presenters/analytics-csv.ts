import {
  type AvailabilityView,
  csvRow,
  type FailuresView,
  type MediaView,
  PRINTER_STATES,
  type ReprintsView,
  type SpreadView,
  type ThroughputView,
  type WaitsView,
} from '@andon/core'

/** Both periods of any view. */
interface Compared<P> {
  readonly current: P
  readonly previous: P
}

type Cell = Parameters<typeof csvRow>[0][number]

/** Jobs and labels: a row for each hour or day and each of its groups. */
export function throughputCsv(view: ThroughputView): string {
  return csvOf(view, ['start', view.by, 'jobs', 'labels'], ({ groups, starts }) =>
    groups.flatMap(({ jobs_at: jobs, labels_at: labels, name }) =>
      starts.map((start, place) => [start, name, jobs[place], labels[place]]),
    ),
  )
}

/** Failures: a row for each hour or day, each group and each reason, told apart by the first column. */
export function failuresCsv(view: FailuresView): string {
  return csvOf(view, ['of', 'name', 'jobs', 'failed', 'rate'], (period) => [
    ['all', null, period.jobs, period.failed, rounded(period.rate)],
    ...period.starts.map((start, place) => {
      const [jobs = 0, failed = 0] = [period.jobs_at[place], period.failed_at[place]]
      return [view.bucket, start, jobs, failed, jobs === 0 ? null : rounded(failed / jobs)]
    }),
    ...period.groups.map(({ failed, jobs, name, rate }) => [view.by, name, jobs, failed, rounded(rate)]),
    ...period.reasons.map(({ code, jobs }) => ['reason', code, null, jobs, rounded(jobs / period.failed)]),
  ])
}

/** Waits and runs in seconds: a row for each hour or day and each group. */
export function waitsCsv(view: WaitsView): string {
  const columns = ['of', 'name', ...['waiting', 'running'].flatMap((what) => [what, `${what} p50 s`, `${what} p95 s`])]
  return csvOf(view, columns, (period) => [
    ['all', null, ...spread(period.waiting), ...spread(period.running)],
    ...period.starts.map((start, place) => [
      view.bucket,
      start,
      ...spread(period.waiting_at[place]),
      ...spread(period.running_at[place]),
    ]),
    ...period.groups.map(({ name, running, waiting }) => [view.by, name, ...spread(waiting), ...spread(running)]),
  ])
}

/** Seconds of printers: a row for each state of each, those stopped or offline with their reason. */
export function availabilityCsv(view: AvailabilityView): string {
  return csvOf(view, ['printer', 'of', 'name', 'seconds'], ({ printers }) =>
    printers.flatMap(({ name, seconds, stopped }) => [
      ...PRINTER_STATES.map((state) => [name, 'state', state, rounded(seconds[state])]),
      ...stopped.map((time) => [name, 'stopped by', time.reason, rounded(time.seconds)]),
    ]),
  )
}

/** Reprints: a row for each hour or day and each group. */
export function reprintsCsv(view: ReprintsView): string {
  return csvOf(view, ['of', 'name', 'jobs', 'reprints', 'labels', 'rate'], (period) => [
    ['all', null, period.jobs, period.reprints, period.labels, rounded(period.rate)],
    ...period.starts.map((start, place) => [view.bucket, start, null, period.reprints_at[place], null, null]),
    ...period.groups.map((group) => [
      view.by,
      group.name,
      group.jobs,
      group.reprints,
      group.labels,
      rounded(group.rate),
    ]),
  ])
}

/** Media: a row for each size; an empty name is the printer's own. */
export function mediaCsv(view: MediaView): string {
  return csvOf(view, ['media', 'jobs', 'labels', 'sheets'], ({ media }) =>
    media.map((each) => [each.media, each.jobs, each.labels, each.sheets]),
  )
}

/** The header, the rows of the period that was asked for, and those of the one before. */
function csvOf<P>(view: Compared<P>, columns: readonly string[], rowsOf: (period: P) => readonly (readonly Cell[])[]) {
  const rows = (['current', 'previous'] as const).flatMap((period) =>
    rowsOf(view[period]).map((row) => csvRow([period, ...row])),
  )
  return csvRow(['period', ...columns]) + rows.join('')
}

function spread(view: SpreadView | undefined): readonly Cell[] {
  return [view?.jobs, view?.p50_s, view?.p95_s]
}

/** Four places are exact enough for a rate and for seconds, and shorter than what floats leave. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10_000) / 10_000
}
