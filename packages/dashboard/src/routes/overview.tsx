import { ActiveJobs } from '../features/overview/active-jobs.tsx'
import { AttentionList } from '../features/overview/attention-list.tsx'
import { Counters } from '../features/overview/counters.tsx'
import { Headline } from '../features/overview/headline.tsx'
import { PrinterTiles } from '../features/overview/printer-tiles.tsx'
import { StationTiles } from '../features/overview/station-tiles.tsx'
import { Throughput } from '../features/overview/throughput.tsx'

/** The andon: what runs, what stands still, and who is needed, for somebody who has seconds. */
export function OverviewPage() {
  return (
    <div className="mx-auto max-w-[100rem] space-y-5">
      <Headline />
      <Counters />
      <div className="grid gap-5 xl:grid-cols-[minmax(0,7fr)_minmax(0,5fr)]">
        <div className="space-y-5">
          <AttentionList />
          <ActiveJobs />
          <Throughput />
        </div>
        <div className="space-y-5">
          <PrinterTiles />
          <StationTiles />
        </div>
      </div>
    </div>
  )
}
