import type { MediaPeriod, MediaView } from '@andon/core'
import type { Queryable } from '../../pool.ts'
import { statement } from '../../statement.ts'
import { type AnalyticsFilter, type AnalyticsSpan, filterValues, spanBefore, spanView } from './request.ts'

// The input of a job may be any JSON: whatever is not what prints have there counts as not given.
const SUM_MEDIA = statement(
  'sum_media',
  `select e.is_current, e.media, count(*)::int as jobs, sum(e.labels)::float8 as labels,
     sum(e.labels::bigint * e.copies * coalesce(case when d.content_type = 'application/pdf' then d.pages end, 1))::float8
       as sheets
   from (
     select finished_at >= $2 as is_current, labels, left(input->'options'->>'media', 100) as media,
       case when jsonb_typeof(input->'copies') = 'number'
         then greatest(1, least(1000, (input->>'copies')::numeric))::int else 1 end as copies,
       case when input->>'document_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
         then (input->>'document_id')::uuid end as document_id
     from job_ended
     where finished_at >= $1 and finished_at < $3 and id < $4 and is_print and labels > 0
       and ($5::text is null or printer = $5) and ($7::text is null or created_by = $7)
       and ($6::text is null or type = $6 or ($6 like '%.*' and starts_with(type, left($6, -1))))
       and ($8::int is null or account_id = $8 or is_print)
   ) e
   left join document d on d.id = e.document_id
   group by 1, 2 order by sheets desc, media nulls last`,
)

interface MediaRow {
  is_current: boolean
  media: string | null
  jobs: number
  labels: number
  sheets: number
}

/** What prints were made on, in a period and in the one before. Pages of a document count while it is kept. */
export async function readMedia(db: Queryable, filter: AnalyticsFilter): Promise<MediaView> {
  const rows = await db.query<MediaRow>(SUM_MEDIA, filterValues(filter))
  return {
    current: periodOf(
      filter,
      rows.filter((row) => row.is_current),
    ),
    previous: periodOf(
      spanBefore(filter),
      rows.filter((row) => !row.is_current),
    ),
  }
}

function periodOf(span: AnalyticsSpan, rows: readonly MediaRow[]): MediaPeriod {
  const sumOf = (field: 'jobs' | 'labels' | 'sheets'): number => rows.reduce((sum, row) => sum + row[field], 0)
  return {
    ...spanView(span),
    jobs: sumOf('jobs'),
    labels: sumOf('labels'),
    sheets: sumOf('sheets'),
    media: rows.map(({ jobs, labels, media, sheets }) => ({ media, jobs, labels, sheets })),
  }
}
