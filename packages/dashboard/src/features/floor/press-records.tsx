import type { ImpositionDetail } from '@andon/core'
import { Empty } from '../../ui/empty.tsx'
import { exactTime, plural } from '../../ui/format.ts'
import { Panel } from '../../ui/panel.tsx'
import { Badge, type Look } from '../../ui/state-badge.tsx'
import { usePreferences } from '../preferences/preferences.ts'

const LOOKS: Readonly<Record<string, Look>> = {
  PRINTED: { word: 'Printed', icon: 'checkCircle', tone: 'ok' },
  ABORTED: { word: 'Aborted', icon: 'xCircle', tone: 'bad' },
}

/** The server gives no more. */
const MOST = 100

/** What the press said of an imposition, the newest first. */
export function PressRecords({ records }: { readonly records: ImpositionDetail['records'] }) {
  const { zone } = usePreferences()
  return (
    <Panel
      title="Press records"
      aside={<span className="num text-sm text-muted">{records.length >= MOST ? `last ${MOST}` : records.length}</span>}
    >
      {records.length === 0 ? (
        <Empty icon="printer" title="Not printed yet">
          What the press reports of it appears here at once.
        </Empty>
      ) : (
        <ol className="max-h-[32rem] divide-y divide-line overflow-y-auto">
          {records.map(({ at, copies, id, reason, status }) => (
            <li key={id} className="px-5 py-2.5 text-sm">
              <p className="num flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
                <Badge look={LOOKS[status] ?? { word: status, icon: 'ask', tone: 'warn' }} />
                <span className="text-muted">{at === null ? 'no time' : exactTime(at, zone)}</span>
              </p>
              <p className="num mt-1">
                {copies === null ? 'Copies not said' : plural(copies, 'copy', 'copies')}
                {reason === null ? '' : ` · ${reason}`}
                <span className="text-muted"> · record {id}</span>
              </p>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}
