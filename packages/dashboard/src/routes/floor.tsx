import { isProblem } from '@andon/core'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useFloorStatus } from '../features/floor/floor-data.ts'
import { FloorErrors } from '../features/floor/floor-errors.tsx'
import { FloorTrouble } from '../features/floor/floor-trouble.tsx'
import { RunlistList } from '../features/floor/runlist-list.tsx'
import { ScanBox } from '../features/floor/scan-box.tsx'
import { SourceStatus } from '../features/floor/source-status.tsx'
import { useIsAtLeast } from '../features/session/session.ts'
import { Skeleton } from '../ui/empty.tsx'

const route = getRouteApi('/inside/shell/floor')

/** The production floor: scan, see how far everything is, and what stands aside. */
export function FloorPage() {
  const { q = '' } = route.useSearch()
  const navigate = useNavigate()
  const status = useFloorStatus()
  const mayScan = useIsAtLeast('operator')
  const show = (text: string) =>
    void navigate({ to: '/floor', search: text === '' ? {} : { q: text }, replace: true, resetScroll: false })
  return (
    <div className="mx-auto max-w-[100rem] space-y-5">
      <h1 className="text-2xl">Floor</h1>
      {isProblem(status.error) ? (
        <div className="card">
          <FloorTrouble error={status.error} answeredAt={status.dataUpdatedAt} />
        </div>
      ) : status.data === undefined ? (
        <Skeleton rows={8} />
      ) : (
        <>
          <div className={`grid gap-5 ${mayScan ? 'xl:grid-cols-[minmax(0,1fr)_24rem]' : ''}`}>
            {mayScan ? <ScanBox /> : null}
            <SourceStatus status={status.data} />
          </div>
          <RunlistList q={q} onQuery={show} />
          <FloorErrors open={status.data.open_errors} />
        </>
      )}
    </div>
  )
}
