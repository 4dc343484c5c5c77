import { Link } from '@tanstack/react-router'
import { useJob } from '../../live/jobs.ts'
import { JobProgress } from '../jobs/job-progress.tsx'
import { jobTitle } from '../jobs/job-words.ts'

/** What prints now. */
export function CurrentJob({ id }: { readonly id: string }) {
  const job = useJob(id)
  if (job === undefined) return null
  return (
    <Link to="/jobs/$jobId" params={{ jobId: id }} className="block min-h-11 rounded-lg hover:underline">
      <span className="mb-1.5 block truncate font-medium">{jobTitle(job)}</span>
      <JobProgress job={job} />
    </Link>
  )
}
