import { isProblem } from '@andon/core'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { BackToFloor } from '../features/floor/back-to-floor.tsx'
import { useFloorJob } from '../features/floor/floor-data.ts'
import { FloorHistory } from '../features/floor/floor-history.tsx'
import { FloorMissing, FloorStale } from '../features/floor/floor-missing.tsx'
import { operationWord } from '../features/floor/floor-words.ts'
import { JobOperations } from '../features/floor/job-operations.tsx'
import { OverrideDialog } from '../features/floor/override-dialog.tsx'
import { Overrides } from '../features/floor/overrides-panel.tsx'
import { PlacesPanel } from '../features/floor/places-panel.tsx'
import { useIsAtLeast } from '../features/session/session.ts'
import { Empty, Skeleton } from '../ui/empty.tsx'
import { Badge } from '../ui/state-badge.tsx'

const route = getRouteApi('/inside/shell/floor/jobs/$floorJobId')

/** One job of the floor: its operations, what was set by hand, where it lies, and its history. */
export function FloorJobPage() {
  const { floorJobId } = route.useParams()
  const { data: job, dataUpdatedAt, error } = useFloorJob(floorJobId)
  const mayOverride = useIsAtLeast('supervisor')
  const [overriding, setOverriding] = useState<string | null>(null)
  const problem = isProblem(error) ? error : null
  if (job === undefined) return problem === null ? <Skeleton rows={8} /> : <FloorMissing error={problem} kind="job" />
  const isDone = job.operation_types.every((type) => job.current_status[type] === true)
  const left = job.operation_types.filter((type) => job.current_status[type] !== true)
  return (
    <div className="mx-auto max-w-[90rem] space-y-5">
      <header>
        <BackToFloor />
        <h1 className="text-2xl sm:text-[1.75rem]">Job {job.job_id}</h1>
        <p className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-muted" aria-live="polite">
          <Badge
            isLarge
            look={
              isDone
                ? { word: 'All operations done', icon: 'checkCircle', tone: 'ok' }
                : {
                    word: `${left.length} of ${job.operation_types.length} operations open`,
                    icon: 'circle',
                    tone: 'idle',
                  }
            }
          />
          {isDone ? null : <span>{left.map((type) => operationWord(type)).join(', ')}</span>}
        </p>
      </header>
      <FloorStale error={problem} answeredAt={dataUpdatedAt} />
      <Overrides overrides={job.overrides} />
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="min-w-0 space-y-5">
          {job.versions.map((version) => (
            <JobOperations
              key={version.version_tag}
              job={job}
              version={version}
              onOverride={mayOverride ? setOverriding : null}
            />
          ))}
          {job.versions.length === 0 ? (
            <div className="card">
              <Empty icon="layers" title="No files yet">
                The planning software has put it on no imposition. A scan of its code marks it all the same.
              </Empty>
            </div>
          ) : null}
          <FloorHistory updates={job.update_history} />
        </div>
        <div className="space-y-5">
          <PlacesPanel title="Runlists" kind="runlist" names={job.runlists} none="It is in no runlist." />
          <PlacesPanel title="Impositions" kind="imposition" names={job.impositions} none="It lies on no imposition." />
        </div>
      </div>
      {overriding === null ? null : <OverrideDialog job={job} type={overriding} onClose={() => setOverriding(null)} />}
    </div>
  )
}
