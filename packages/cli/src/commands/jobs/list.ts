import type { JobPage, JobView } from '@andon/core'
import { isFinal } from '@andon/core/base'
import type { Andon } from '@andon/sdk'
import { EXIT, type ExitCode, Interrupted, UsageError } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { chooseColumns, printRows, type RowsSpec } from '../../output/rows.ts'
import { Screen } from '../../output/screen.ts'
import { tableLines } from '../../output/table.ts'
import { cut } from '../../output/text.ts'
import type { Session } from '../../session.ts'
import { jobColumns, MORE_JOB_COLUMNS } from './columns.ts'
import { type FilterFlags, forQuery, queryOf } from './query.ts'

/** Flags of `jobs list`. */
export interface ListFlags extends FilterFlags {
  readonly columns?: string
  readonly limit: string
  readonly watch?: boolean
}

const LARGEST_PAGE = 500
const LIMIT_MAX = 100_000

/** `andon jobs list` */
export async function listJobs(session: Session, words: readonly string[], flags: ListFlags): Promise<ExitCode> {
  const limit = Number(flags.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new UsageError(`--limit is "${flags.limit}".`, `Give a number from 1 to ${LIMIT_MAX}.`)
  }
  const q = queryOf(words, flags)
  const andon = await session.andon()
  if (flags.watch === true) return watchList(session, andon, { q, limit, flags })
  const { jobs, last } = await forQuery(q, () => load(andon, q, limit))
  printRows(session, jobs, rowsSpec(jobs, flags, q))
  if (session.format === 'table') sayRest(session, jobs.length, last)
  return EXIT.ok
}

/** How jobs are printed in lists. */
export function rowsSpec(
  jobs: readonly JobView[],
  flags: { readonly columns?: string },
  q: string | undefined,
): RowsSpec<JobView> {
  const columns = jobColumns(jobs)
  return {
    fields: FIELDS.JobView,
    columns: flags.columns === undefined ? columns : chooseColumns([...columns, ...MORE_JOB_COLUMNS], flags.columns),
    empty:
      q === undefined
        ? 'No jobs yet. Make one with: andon print FILE --printer NAME'
        : `No job matches ${q}\nSee what can be asked for with: andon jobs list --help`,
    name: (job) => job.id,
  }
}

async function load(
  andon: Andon,
  q: string | undefined,
  limit: number,
): Promise<{ readonly jobs: readonly JobView[]; readonly last: JobPage }> {
  let last = await andon.jobs.list({ q, limit: Math.min(limit, LARGEST_PAGE) })
  const jobs = [...last.data]
  while (jobs.length < limit && last.next_cursor !== null) {
    last = await andon.jobs.list({ q, limit: Math.min(limit - jobs.length, LARGEST_PAGE), cursor: last.next_cursor })
    jobs.push(...last.data)
  }
  return { jobs, last }
}

/** How many more there are, and how far the search went. */
function sayRest(session: Session, shown: number, page: JobPage): void {
  if (page.searched_until !== null) {
    session.note(`Searched back to ${page.searched_until}; narrow the query, or go on with a larger --limit.`)
  } else if (page.next_cursor !== null) {
    const total = page.total === null ? 'more' : `${page.total.is_exact ? '' : 'about '}${page.total.count}`
    session.note(`${shown} of ${total} jobs. More with: -L ${shown * 10}`)
  }
}

interface Watched {
  readonly flags: ListFlags
  readonly limit: number
  readonly q: string | undefined
}

/** Keeps the list up to date: in place on a terminal, otherwise each change as a line of its own. */
async function watchList(session: Session, andon: Andon, { flags, limit, q }: Watched): Promise<ExitCode> {
  const isScreen = session.io.stdout.isTerminal && session.format === 'table'
  if (!isScreen && session.format !== 'jsonl') {
    throw new UsageError('--watch needs a terminal.', 'For a script: --watch -o jsonl')
  }
  const jobs = new Map<string, JobView>()
  const screen = new Screen(session.io.stdout)
  const draw = () => screen.show(() => screenLines(session, andon, { flags, jobs, limit, q }))
  const take = (views: readonly JobView[]) => {
    const news = views.filter((view) => view.version > (jobs.get(view.id)?.version ?? -1))
    for (const view of news) jobs.set(view.id, view)
    const oldest = [...jobs.keys()].toSorted().slice(0, Math.max(0, jobs.size - limit))
    for (const id of oldest) jobs.delete(id)
    if (isScreen) draw()
    else for (const view of news) session.io.stdout.write(`${JSON.stringify(view)}\n`)
  }
  const loadAll = async () => take((await forQuery(q, () => load(andon, q, limit))).jobs)
  await loadAll()
  const timer = isScreen ? setInterval(draw, 1_000) : undefined
  try {
    await session.interruptible(
      (signal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
          andon.live.subscribe(
            { topic: 'jobs', q },
            {
              onJobs: take,
              onGone: (ids) => {
                for (const id of ids) jobs.delete(id)
                if (isScreen) draw()
              },
              onLoad: () => void loadAll().catch(reject),
              onError: reject,
            },
          )
        }),
    )
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
  } finally {
    clearInterval(timer)
    screen.flush()
    // The terminal has echoed the Ctrl-C: what comes next begins a line.
    if (isScreen) session.io.stdout.write('\n')
  }
  return EXIT.interrupted
}

function screenLines(
  session: Session,
  andon: Andon,
  { flags, jobs, q }: Watched & { readonly jobs: ReadonlyMap<string, JobView> },
): string[] {
  const look = session.look()
  const rows = [...jobs.values()].toSorted((one, other) => (one.id < other.id ? 1 : -1))
  const spec = rowsSpec(rows, flags, q)
  const active = rows.filter((job) => !isFinal(job.state)).length
  const state = andon.live.status.state === 'live' ? 'live' : `${andon.live.status.state}, ${ageText(andon)}`
  const foot = look.paint('dim', cut(`${rows.length} jobs, ${active} of them not ended · ${state}`, look.columns ?? 80))
  return [...(rows.length === 0 ? [spec.empty] : tableLines(rows, spec.columns, look)), foot]
}

function ageText(andon: Andon): string {
  const age = andon.live.ageMs()
  return age === null ? 'not heard yet' : `${Math.round(age / 1000)} s old`
}
