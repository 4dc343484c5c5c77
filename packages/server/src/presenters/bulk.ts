import { bulkLeftWords, type BulkPreview } from '@andon/core'
import type { BulkForecast } from '@andon/store'
import type { JobPresenter } from './jobs.ts'

/** What a bulk operation would do, for whoever may see those jobs. */
export async function presentForecast(forecast: BulkForecast, jobs: JobPresenter): Promise<BulkPreview> {
  const { byState, estimate, examples, isComplete, left, matched } = forecast
  return {
    matched,
    count: [...byState.values()].reduce((sum, count) => sum + count, 0),
    by_state: Object.fromEntries(byState),
    left: [...left]
      .toSorted(([, one], [, other]) => other - one)
      .map(([reason, count]) => ({ reason, words: bulkLeftWords(reason), count })),
    examples: await jobs.views(examples),
    is_complete: isComplete,
    estimate,
  }
}
