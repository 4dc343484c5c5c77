import { type ImpositionDetail, isProblem } from '@andon/core'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { BackToFloor } from '../features/floor/back-to-floor.tsx'
import { useImposition } from '../features/floor/floor-data.ts'
import { FloorMissing, FloorStale } from '../features/floor/floor-missing.tsx'
import { Matrix, type MatrixLine } from '../features/floor/matrix.tsx'
import { PlacesPanel } from '../features/floor/places-panel.tsx'
import { PressRecords } from '../features/floor/press-records.tsx'
import { jobRow } from '../features/floor/runlist-lines.ts'
import { Empty, Skeleton } from '../ui/empty.tsx'
import { plural } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'

const route = getRouteApi('/inside/shell/floor/impositions/$impositionId')

/** One imposition: the jobs on it, what the press said of it, and names that name no job. */
export function ImpositionPage() {
  const { impositionId } = route.useParams()
  const { data, dataUpdatedAt, error } = useImposition(impositionId)
  const problem = isProblem(error) ? error : null
  if (data === undefined) {
    return problem === null ? <Skeleton rows={8} /> : <FloorMissing error={problem} kind="imposition" />
  }
  const files = data.jobs.reduce((sum, job) => sum + job.files, 0) + data.unmatched_files.length
  return (
    <div className="mx-auto max-w-[100rem] space-y-5">
      <header>
        <BackToFloor />
        <h1 className="text-2xl break-words sm:text-[1.75rem]">Imposition {data.imposition_id}</h1>
        <p className="num mt-1 text-muted">
          {plural(files, 'file')} of {plural(data.jobs.length, 'job')}
        </p>
      </header>
      <FloorStale error={problem} answeredAt={dataUpdatedAt} />
      <Unmatched names={data.unmatched_files} />
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_24rem]">
        <section aria-label="Operations" className="card min-w-0">
          <Rows imposition={data} />
        </section>
        <div className="space-y-5">
          <PressRecords records={data.records} />
          <PlacesPanel title="Runlists" kind="runlist" names={data.runlists} none="It is in no runlist." />
        </div>
      </div>
    </div>
  )
}

/** The imposition itself, and under it its jobs. */
function Rows({ imposition }: { readonly imposition: ImpositionDetail }) {
  const lines = useMemo((): readonly MatrixLine[] => {
    const { imposition_id: id, jobs, operations } = imposition
    const own = { key: 'own', kind: 'imposition', id, name: 'The imposition', note: '', operations, depth: 0 } as const
    const rows = jobs.map((job): MatrixLine => ({ ...jobRow(job), depth: 0, isExpanded: null, isGone: false }))
    return [{ ...own, isExpanded: null, isGone: false }, ...rows]
  }, [imposition])
  return imposition.jobs.length === 0 ? (
    <Empty icon="layers" title="No files are known for it">
      The press named an imposition that the planning software does not list. Its records stand aside and are tried
      again.
    </Empty>
  ) : (
    <Matrix label="The imposition and its jobs" lines={lines} types={imposition.operation_types} />
  )
}

function Unmatched({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return null
  return (
    <section
      aria-label="Names that name no one job"
      className="rounded-xl border border-warn-solid/50 bg-warn-soft px-4 py-3"
    >
      <p className="flex items-center gap-2 font-semibold text-warn">
        <Icon name="alert" />
        {plural(names.length, 'file names', 'files name')} no one job
      </p>
      <p className="mt-1 text-sm">
        They count for no job. Name them FILE_version_Labex_job_… in the planning software.
      </p>
      <ul className="mt-2 max-h-48 space-y-1 overflow-y-auto text-sm">
        {names.map((name) => (
          <li key={name}>
            <code className="break-all">{name}</code>
          </li>
        ))}
      </ul>
    </section>
  )
}
