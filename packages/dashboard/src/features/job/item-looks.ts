import { isFinal, type ItemState, type JobDetail } from '@andon/core'
import type { IconName } from '../../ui/icon.tsx'

/** How an item looks: word, picture and colour. */
export const ITEM_LOOKS: Record<
  ItemState,
  { readonly word: string; readonly icon: IconName | null; readonly tone: string }
> = {
  done: { word: 'Done', icon: 'check', tone: 'bg-ok-soft text-ok border-ok-solid/40' },
  failed: { word: 'Failed', icon: 'x', tone: 'bg-bad-soft text-bad border-bad-solid/60' },
  unconfirmed: { word: 'Unconfirmed', icon: 'ask', tone: 'bg-warn-soft text-warn border-warn-solid/70' },
  intended: { word: 'Being printed', icon: 'activity', tone: 'bg-run-soft text-run border-run-solid/60' },
  pending: { word: 'Waiting', icon: null, tone: 'bg-surface text-muted border-line' },
  cancelled: { word: 'Cancelled', icon: 'ban', tone: 'bg-idle-soft text-idle border-line' },
}

/** What an item is called: of a job that has ended nothing waits any more. */
export function itemWord(state: ItemState, job: Pick<JobDetail, 'state'>): string {
  return state === 'pending' && isFinal(job.state) ? 'Not reached' : ITEM_LOOKS[state].word
}
