import type { FloorUpdate } from '@andon/core'
import { Empty } from '../../ui/empty.tsx'
import { exactTime } from '../../ui/format.ts'
import { Panel } from '../../ui/panel.tsx'
import { usePreferences } from '../preferences/preferences.ts'
import { operationWord, sourceWord } from './floor-words.ts'

const WORDS: Readonly<Record<string, { readonly word: string; readonly dot: string }>> = {
  completed: { word: 'done', dot: 'bg-ok-solid' },
  aborted: { word: 'aborted', dot: 'bg-bad-solid' },
  open: { word: 'not done', dot: 'bg-idle-solid' },
  lifted: { word: 'lifted', dot: 'bg-idle-solid' },
}

/** The server gives no more. */
const MOST = 500

/** Everything that was reported of a job, the newest first. */
export function FloorHistory({ updates }: { readonly updates: readonly FloorUpdate[] }) {
  const { zone } = usePreferences()
  return (
    <Panel title="History">
      {updates.length === 0 ? (
        <Empty icon="clock" title="Nothing reported yet">
          What the press prints and what is scanned appears here at once.
        </Empty>
      ) : (
        <ol className="px-5 pt-2 pb-5">
          {updates.map((update) => {
            const known = WORDS[update.status] ?? { word: update.status, dot: 'bg-accent' }
            return (
              <li key={update.update_id} className="relative border-l-2 border-line pb-4 pl-5 text-sm last:pb-0">
                <span
                  aria-hidden="true"
                  className={`absolute top-1 -left-[7px] size-3 rounded-full border-2 border-surface ${known.dot}`}
                />
                <p className="font-medium">
                  {operationWord(update.operation_type)} {known.word}
                  <span className="font-normal text-muted">
                    {' · '}
                    {sourceWord(update.source_type)}
                    {update.version_tag === null ? '' : ` · version ${update.version_tag}`}
                  </span>
                </p>
                <time dateTime={update.updated_at} className="num block text-muted">
                  {exactTime(update.updated_at, zone)}
                </time>
                {update.notes === null ? null : <p className="mt-0.5 break-words">{update.notes}</p>}
              </li>
            )
          })}
          {updates.length >= MOST ? (
            <li className="pl-5 text-sm text-muted">Older lines are in the shop's database.</li>
          ) : null}
        </ol>
      )}
    </Panel>
  )
}
