import { EVENT_KINDS, ITEM_STATES, type ItemState, type WorkerLease } from '@andon/core'
import type { Store } from '../pool.ts'
import { statement } from '../statement.ts'

const LIVE_JOBS = statement('live_jobs', `select id from job where id = any($1::uuid[])`)

/** Only what is not known so already, and only of jobs of the station that speaks. */
const NEWS_OF_ITEMS = statement(
  'news_of_items',
  `select d.id as "jobId", d.attempt, i.idx as index, said.state
   from unnest($1::uuid[], $2::int[], $3::smallint[]) as said (job_id, idx, state)
   join job_done d on d.id = said.job_id and d.station_id = $4
   join item i on i.job_id = said.job_id and i.idx = said.idx and i.state <> said.state
   order by d.id, i.idx`,
)

const KEEP_LATE = statement(
  'keep_late_words',
  `with told as (
     insert into event (kind, job_id, attempt, data)
     select $1, w.job_id, w.attempt, w.data from unnest($2::uuid[], $3::smallint[], $4::jsonb[]) as w (job_id, attempt, data)
   )
   insert into job_log (job_id, attempt, at, level, message, data)
   select w.job_id, w.attempt, now(), 2, w.data->>'message', w.data
   from unnest($2::uuid[], $3::smallint[], $4::jsonb[]) as w (job_id, attempt, data)`,
)

/** What a station recorded of one item of a job that it does not hold. */
export interface LateWord {
  readonly jobId: string
  readonly index: number
  readonly state: Extract<ItemState, 'done' | 'failed'>
}

/** The station that speaks. */
export interface LateStation {
  readonly lease: WorkerLease
  readonly stationId: number
  readonly name: string
}

/**
 * Takes what a station knows of jobs that it lost. Of those that have ended nothing changes: what it says differently is
 * kept in their log, since a person or another machine has decided meanwhile.
 *
 * @returns the jobs that have ended, of which the station need keep nothing; those that live it will take up itself
 */
export async function takeLateWords(
  store: Store,
  station: LateStation,
  said: { readonly jobIds: readonly string[]; readonly words: readonly LateWord[] },
): Promise<string[]> {
  const live = new Set((await store.query<{ id: string }>(LIVE_JOBS, [said.jobIds])).map(({ id }) => id))
  const ended = said.jobIds.filter((id) => !live.has(id))
  const words = said.words.filter(({ jobId }) => !live.has(jobId))
  const news = await store.query<News>(NEWS_OF_ITEMS, [
    words.map(({ jobId }) => jobId),
    words.map(({ index }) => index),
    words.map(({ state }) => ITEM_STATES.indexOf(state)),
    station.stationId,
  ])
  if (news.length > 0) await keep(store, station, [...Map.groupBy(news, ({ jobId }) => jobId).values()])
  return ended
}

async function keep(store: Store, { lease, name }: LateStation, jobs: readonly (readonly News[])[]): Promise<void> {
  const lines = jobs.flatMap((news) => {
    const [first] = news
    if (first === undefined) return []
    const { attempt, jobId } = first
    return [{ jobId, attempt, data: { outcome: 'late', workerId: lease.workerId, message: messageOf(name, news) } }]
  })
  await store.query(KEEP_LATE, [
    EVENT_KINDS.refused,
    lines.map(({ jobId }) => jobId),
    lines.map(({ attempt }) => attempt),
    lines.map(({ data }) => JSON.stringify(data)),
  ])
  store.notifier.events()
}

function messageOf(station: string, news: readonly News[]): string {
  const of = (state: number, words: string): string[] => {
    const numbers = news.filter((word) => word.state === state).map(({ index }) => index + 1)
    return numbers.length === 0 ? [] : [`${words}: ${rangesOf(numbers)}`]
  }
  const parts = [...of(ITEM_STATES.indexOf('done'), 'printed'), ...of(ITEM_STATES.indexOf('failed'), 'failed')]
  return `The station ${station} said late, when it had been decided already: ${parts.join('; ')}`
}

/** `1-3, 7`, of numbers in order. */
function rangesOf(numbers: readonly number[]): string {
  const ranges: { from: number; to: number }[] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last !== undefined && number === last.to + 1) last.to = number
    else ranges.push({ from: number, to: number })
  }
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}

interface News {
  jobId: string
  attempt: number
  index: number
  state: number
}
