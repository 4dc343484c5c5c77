import { Link, useNavigate } from '@tanstack/react-router'
import { useJobSet } from '../../live/jobs.ts'
import { ConfirmPanel } from '../job/confirm-panel.tsx'
import { useJobDetail } from '../job/job-detail.ts'
import { jobTitle } from '../jobs/job-words.ts'
import { ofStation } from './station-jobs.ts'

/** More are on the page of the jobs: who has so many to settle wants a list. */
const SHOWN = 20

/** Prints of the station that nobody can prove, each with the buttons that settle it. */
export function Unconfirmed({ station }: { readonly station: string }) {
  const { ids } = useJobSet(`${ofStation(station)} wait:unconfirmed`, SHOWN)
  return ids.map((id) => <Asked key={id} id={id} />)
}

function Asked({ id }: { readonly id: string }) {
  const { detail } = useJobDetail(id)
  const navigate = useNavigate()
  if (detail === undefined || detail.wait_reason !== 'unconfirmed') return null
  return (
    <article aria-label={`${jobTitle(detail)} needs confirmation`}>
      <p className="mb-1.5 flex flex-wrap items-baseline gap-x-2">
        <Link
          to="/jobs/$jobId"
          params={{ jobId: id }}
          className="inline-flex min-h-7 items-center font-medium hover:underline"
        >
          {jobTitle(detail)}
        </Link>
        <span className="text-sm text-muted">{detail.printer}</span>
      </p>
      <ConfirmPanel job={detail} open={(jobId) => void navigate({ to: '/jobs/$jobId', params: { jobId } })} />
    </article>
  )
}
