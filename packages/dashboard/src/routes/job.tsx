import { isProblem, type JobDetail } from '@andon/core'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { AttemptsTab } from '../features/job/attempts-tab.tsx'
import { ConfirmPanel } from '../features/job/confirm-panel.tsx'
import { DataTab } from '../features/job/data-tab.tsx'
import { ErrorPanel } from '../features/job/error-panel.tsx'
import { Facts } from '../features/job/facts.tsx'
import { HistoryTab } from '../features/job/history-tab.tsx'
import { ItemsTab } from '../features/job/items-tab.tsx'
import { useJobDetail } from '../features/job/job-detail.ts'
import { JobHeader } from '../features/job/job-header.tsx'
import { LogsTab } from '../features/job/logs-tab.tsx'
import { PrinterTrouble } from '../features/job/printer-trouble.tsx'
import { RelatedTab } from '../features/job/related-tab.tsx'
import { ResourcesTab } from '../features/job/resources-tab.tsx'
import { Timeline } from '../features/job/timeline.tsx'
import { buttonClass } from '../ui/button.tsx'
import { Empty, Skeleton } from '../ui/empty.tsx'
import { problemWords } from '../ui/problem-words.ts'
import { TabLink, TabLinks } from '../ui/tabs.tsx'

const route = getRouteApi('/inside/shell/jobs/$jobId')

/** One job with all that is known of it. */
export function JobPage() {
  const { jobId } = route.useParams()
  const { detail, error } = useJobDetail(jobId)
  const navigate = useNavigate()
  if (detail === undefined) return error === null ? <Skeleton rows={8} /> : <NoJob error={error} />
  const open = (id: string) => void navigate({ to: '/jobs/$jobId', params: { jobId: id } })
  return (
    <div className="mx-auto max-w-[90rem] space-y-5">
      <JobHeader job={detail} open={open} />
      <PrinterTrouble job={detail} />
      {detail.wait_reason === 'unconfirmed' ? (
        <ConfirmPanel key={detail.id} job={detail} open={open} />
      ) : detail.error === null ? null : (
        <ErrorPanel error={detail.error} />
      )}
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_22rem] xl:grid-rows-[auto_1fr]">
        <div className="xl:col-start-2">
          <Timeline job={detail} />
        </div>
        <div className="min-w-0 xl:col-start-1 xl:row-span-2 xl:row-start-1">
          <JobTabs job={detail} open={open} />
        </div>
        <div className="xl:col-start-2">
          <Facts job={detail} />
        </div>
      </div>
    </div>
  )
}

const TABS = [
  { id: 'items', word: 'Items' },
  { id: 'logs', word: 'Logs' },
  { id: 'attempts', word: 'Attempts' },
  { id: 'data', word: 'Input and result' },
  { id: 'resources', word: 'Resources' },
  { id: 'related', word: 'Related' },
  { id: 'history', word: 'History' },
] as const

function JobTabs({ job, open }: { readonly job: JobDetail; readonly open: (id: string) => void }) {
  const { tab } = route.useSearch()
  const tabs = TABS.filter(({ id }) => id !== 'items' || job.items !== null)
  const current = tabs.find(({ id }) => id === tab)?.id ?? (job.items === null ? 'logs' : 'items')
  const bodies: Record<(typeof TABS)[number]['id'], () => ReactNode> = {
    items: () => <ItemsTab job={job} open={open} />,
    logs: () => <LogsTab job={job} />,
    attempts: () => <AttemptsTab job={job} />,
    data: () => <DataTab job={job} />,
    resources: () => <ResourcesTab job={job} />,
    related: () => <RelatedTab job={job} />,
    history: () => <HistoryTab job={job} />,
  }
  return (
    <section aria-label="Details" className="card overflow-hidden">
      <div className="px-4 pt-1 sm:px-3">
        <TabLinks label="Details">
          {tabs.map(({ id, word }) => (
            <TabLink
              key={id}
              link={{
                to: '/jobs/$jobId',
                params: { jobId: job.id },
                search: { tab: id },
                replace: true,
                resetScroll: false,
              }}
              isCurrent={id === current}
              count={id === 'items' ? (job.items?.total ?? null) : null}
            >
              {word}
            </TabLink>
          ))}
        </TabLinks>
      </div>
      {bodies[current]()}
    </section>
  )
}

function NoJob({ error }: { readonly error: unknown }) {
  const isKnown = isProblem(error)
  return (
    <Empty
      isPage
      icon="search"
      title={isKnown ? error.title : 'The job could not be loaded'}
      action={
        <Link to="/jobs" className={buttonClass('primary')}>
          To the jobs
        </Link>
      }
    >
      {isKnown ? problemWords(error) : null}
    </Empty>
  )
}
