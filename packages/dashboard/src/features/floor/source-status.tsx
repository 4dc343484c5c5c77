import type { FloorSourceStatus, FloorStatus } from '@andon/core'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { askFloorAgain } from '../../live/floor.ts'
import { Button } from '../../ui/button.tsx'
import { count, plural, secondsWords } from '../../ui/format.ts'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { notify, tried } from '../../ui/notify.ts'
import { Badge, type Look } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { useIsAtLeast } from '../session/session.ts'

/** A source this far behind is looked at by somebody: passes run each minute. */
const LATE_S = 180

/** How far press records and scans are worked off. */
export function SourceStatus({ status }: { readonly status: FloorStatus }) {
  return (
    <section aria-label="Sources" className="card flex flex-col gap-4 p-5">
      <Source icon="printer" word="Press records" source={status.print_os} />
      <Source icon="barcode" word="Scans" source={status.scanner} />
      <div className="mt-auto flex flex-wrap items-center justify-between gap-3 border-t border-line pt-3">
        <p className="text-sm text-muted">
          {status.overrides === 0
            ? 'No operation is set by hand'
            : `${plural(status.overrides, 'operation is', 'operations are')} set by hand`}
        </p>
        <ProcessNow />
      </div>
    </section>
  )
}

interface SourceProps {
  readonly icon: IconName
  readonly word: string
  readonly source: FloorSourceStatus
}

function Source({ icon, word, source }: SourceProps) {
  return (
    <div className="flex items-start gap-3">
      <span className="grid size-10 shrink-0 place-items-center rounded-full bg-idle-soft text-idle">
        <Icon name={icon} size={20} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
          <span className="font-medium">{word}</span>
          <span role="status" className="num">
            <Badge look={sourceLook(source)} />
          </span>
        </p>
        <p className="num text-sm text-muted">
          Marker {markerWords(source.last_marker)}
          {source.last_processed_at === null ? (
            ' · nothing processed yet'
          ) : (
            <>
              {' · '}processed <TimeAgo at={source.last_processed_at} />
            </>
          )}
        </p>
      </div>
    </div>
  )
}

function sourceLook({ lag_s: lag, waiting }: FloorSourceStatus): Look {
  if (waiting === 0) return { word: 'Up to date', icon: 'checkCircle', tone: 'ok' }
  const behind = lag === null ? '' : `, ${secondsWords(lag * 1000)} behind`
  const isLate = lag !== null && lag >= LATE_S
  return { word: `${count(waiting)} waiting${behind}`, icon: isLate ? 'alert' : 'wait', tone: isLate ? 'warn' : 'run' }
}

/** Markers may pass what a number holds. */
function markerWords(marker: string): string {
  return /^\d+$/.test(marker) ? BigInt(marker).toLocaleString('en') : marker
}

function ProcessNow() {
  const [isBusy, setIsBusy] = useState(false)
  const mayProcess = useIsAtLeast('operator')
  if (!mayProcess) return null
  const run = async () => {
    setIsBusy(true)
    const done = await tried(() => andon.floor.process())
    setIsBusy(false)
    await askFloorAgain()
    if (done === null) return
    const { jobs_updated: jobs, print_os_processed: records, scanner_processed: scans } = done
    const isNothing = records + scans === 0
    void notify({
      level: 'success',
      title: isNothing
        ? 'Nothing was waiting'
        : `${plural(records, 'press record')} and ${plural(scans, 'scan')} processed`,
      text: isNothing ? 'Press records and scans are up to date.' : `${plural(jobs, 'job')} changed.`,
    })
  }
  return (
    <Button icon="refresh" isBusy={isBusy} onClick={() => void run()}>
      Process now
    </Button>
  )
}
