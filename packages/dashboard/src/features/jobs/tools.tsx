import type { JobPage } from '@andon/core'
import { andon } from '../../live/andon.ts'
import { buttonClass } from '../../ui/button.tsx'
import { count } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Chips, ColumnPicker, DateRange, GroupPicker } from './filters.tsx'
import type { GroupBy } from './groups.ts'
import { SavedViews } from './saved-views.tsx'

interface ToolsProps {
  readonly q: string
  readonly group: GroupBy | null
  /** Null while it is unknown, and when nothing matches. */
  readonly total: JobPage['total']
  readonly onQuery: (q: string) => void
  readonly onGroup: (group: GroupBy | null) => void
}

/** The query as chips, and what shapes the list. */
export function ChipsAndTools({ q, group, total, onQuery, onGroup }: ToolsProps) {
  return (
    <>
      <Chips q={q} onQuery={onQuery} />
      <div className="flex flex-wrap items-center gap-2">
        <SavedViews q={q} onQuery={onQuery} />
        <DateRange q={q} onQuery={onQuery} />
        <GroupPicker group={group} onGroup={onGroup} />
        <ColumnPicker />
        <a href={andon.jobs.exportCsvUrl(q === '' ? undefined : q)} download className={buttonClass()}>
          <Icon name="download" />
          CSV
        </a>
        <span className="num ml-auto text-sm text-muted" role="status">
          {total === null
            ? ''
            : `${total.is_exact ? '' : 'about '}${count(total.count)} ${total.count === 1 ? 'job' : 'jobs'}`}
        </span>
      </div>
    </>
  )
}
