import type { JobView } from '@andon/core'
import { dayName } from '../../ui/format.ts'
import { lookOf } from '../../ui/state-badge.tsx'

/** By what the loaded rows can be grouped. */
export const GROUPS = [
  { id: 'state', word: 'State' },
  { id: 'type', word: 'Type' },
  { id: 'printer', word: 'Printer' },
  { id: 'user', word: 'User' },
  { id: 'day', word: 'Day' },
] as const

export type GroupBy = (typeof GROUPS)[number]['id']

/** One line of the table: a job, or the heading of the jobs after it. */
export type Line =
  | { readonly kind: 'job'; readonly id: string }
  | { readonly kind: 'group'; readonly word: string; readonly count: number }

/** Whether a word of the address names a way to group. */
export function isGroupBy(word: string | undefined): word is GroupBy {
  return GROUPS.some(({ id }) => id === word)
}

/** The loaded jobs under their headings, groups and jobs in the order in which they were loaded. */
export function linesOf(
  ids: readonly string[],
  job: (id: string) => JobView | undefined,
  by: { readonly group: GroupBy | null; readonly zone: string },
): readonly Line[] {
  const { group, zone } = by
  if (group === null) return ids.map((id) => ({ kind: 'job', id }))
  const groups = new Map<string, string[]>()
  for (const id of ids) {
    const view = job(id)
    const word = view === undefined ? '' : wordOf(view, group, zone)
    const members = groups.get(word)
    if (members === undefined) groups.set(word, [id])
    else members.push(id)
  }
  return [...groups].flatMap(([word, members]): Line[] => [
    { kind: 'group', word, count: members.length },
    ...members.map((id): Line => ({ kind: 'job', id })),
  ])
}

function wordOf(job: JobView, group: GroupBy, zone: string): string {
  if (group === 'state') return lookOf(job).word
  if (group === 'type') return job.type
  if (group === 'printer') return job.printer ?? 'No printer'
  return group === 'user' ? job.created_by : dayName(job.created_at, zone)
}
