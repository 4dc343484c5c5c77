import { useStats } from '../../live/board.ts'
import { TabLink, TabLinks } from '../../ui/tabs.tsx'
import { chipsOf, valuesOf, withTerm } from './query-edit.ts'

const TABS = [
  { word: 'All', state: null },
  { word: 'Running', state: 'running' },
  { word: 'Sent', state: 'sent' },
  { word: 'Queued', state: 'queued' },
  { word: 'Pending', state: 'pending' },
  { word: 'Completed', state: 'completed' },
  { word: 'With errors', state: 'completed_with_errors' },
  { word: 'Failed', state: 'failed' },
  { word: 'Cancelled', state: 'cancelled' },
] as const

/** The states as tabs. They edit the `state:` part of the query; numbers are those of all jobs. */
export function StateTabs({ q, group }: { readonly q: string; readonly group: string | undefined }) {
  const stats = useStats()
  const values = valuesOf(q, 'state')
  const hasState = chipsOf(q).some((chip) => chip.field === 'state')
  const isNarrowed = chipsOf(q).some((chip) => chip.field !== 'state')
  return (
    <TabLinks label="States">
      {TABS.map(({ word, state }) => {
        const isCurrent = state === null ? !hasState : values?.length === 1 && values[0] === state
        const next = withTerm(q, 'state', state)
        const search = { ...(next === '' ? {} : { q: next }), ...(group === undefined ? {} : { group }) }
        const count = state === null || isNarrowed ? null : (stats?.by_state[state] ?? (stats === undefined ? null : 0))
        return (
          <TabLink key={word} link={{ to: '/jobs', search }} isCurrent={isCurrent} count={count}>
            {word}
          </TabLink>
        )
      })}
    </TabLinks>
  )
}
