import type { FloorCell, FloorJob, FloorJobDetail } from '@andon/core'
import { Button } from '../../ui/button.tsx'
import { exactTime, plural } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Badge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { usePreferences } from '../preferences/preferences.ts'
import { CELL_LOOKS, operationWord, sourceWord } from './floor-words.ts'

interface JobOperationsProps {
  readonly job: FloorJobDetail
  readonly version: FloorJob
  /** Opens the dialog for an operation; null for those who may not. */
  readonly onOverride: ((type: string) => void) | null
}

/** The operations of one version of a job: how each is, who said so, when, and what they noted. */
export function JobOperations({ job, version, onOverride }: JobOperationsProps) {
  const overridden = new Set(job.overrides.map((override) => override.operation_type))
  return (
    <Panel
      title={`Version ${version.version_tag}`}
      aside={<span className="num text-sm text-muted">{plural(version.files, 'file')}</span>}
    >
      <ul className="divide-y divide-line">
        {job.operation_types.map((type) => {
          const cell = version.operations[type]
          return cell === undefined ? null : (
            <li key={type} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-2 sm:flex-nowrap">
              <span className="w-28 shrink-0 font-medium">{operationWord(type)}</span>
              <span className="w-28 shrink-0">
                <Badge look={CELL_LOOKS[cell.state]} />
              </span>
              <CellFacts cell={cell} />
              <span className="ml-auto flex min-h-11 items-center">
                {onOverride === null || overridden.has(type) ? null : (
                  <Button
                    look="quiet"
                    icon="user"
                    aria-label={`Set by hand: ${operationWord(type).toLowerCase()}`}
                    onClick={() => onOverride(type)}
                  >
                    Set by hand
                  </Button>
                )}
              </span>
            </li>
          )
        })}
      </ul>
    </Panel>
  )
}

function CellFacts({ cell }: { readonly cell: FloorCell }) {
  const { zone } = usePreferences()
  return (
    <div className="min-w-0 flex-1 basis-52 text-sm">
      {cell.source === null ? (
        cell.note === null ? (
          <p className="text-muted">Nobody reported it yet.</p>
        ) : null
      ) : (
        <p>
          {sourceWord(cell.source)}
          {cell.at === null ? null : (
            <span className="num text-muted" title={exactTime(cell.at, zone)}>
              {' '}
              · <TimeAgo at={cell.at} />
            </span>
          )}
        </p>
      )}
      {cell.note === null ? null : <p className="break-words text-muted">{cell.note}</p>}
      {cell.conflict === null ? null : (
        <p className="flex gap-1.5 font-medium text-warn">
          <Icon name="alert" size={16} className="mt-0.5" />
          {cell.conflict}
        </p>
      )}
    </div>
  )
}
