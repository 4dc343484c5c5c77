import { type AttentionView, isProblem } from '@andon/core'
import type { ProductionFloor } from '@andon/floor'
import type { HealthCheck, HealthFinding } from '@andon/server'
import { LAG } from './watch.ts'

/** Before the checks of the server give up: a floor that does not answer is no reason to call Andon down. */
const ANSWER_WITHIN_MS = 2_000

/**
 * Whether the shop's databases answer and are as they should be, and whether their records are worked off, as the watch
 * saw it last. Andon itself works without them.
 */
export function floorCheck(floor: ProductionFloor, attention: () => readonly AttentionView[]): HealthCheck {
  return {
    name: 'floor',
    isVital: false,
    run: async () => {
      const late = AbortSignal.timeout(ANSWER_WITHIN_MS)
      const isLate = new Promise<'late'>((resolve) => late.addEventListener('abort', () => resolve('late')))
      try {
        const answer = await Promise.race([floor.ping(), isLate])
        if (answer !== 'late') return lagOf(attention())
        return { status: 'degraded', detail: `The floor did not answer within ${ANSWER_WITHIN_MS} ms.` }
      } catch (error) {
        if (!isProblem(error)) throw error
        return { status: 'degraded', detail: error.detail, hint: error.hint }
      }
    },
  }
}

function lagOf(needs: readonly AttentionView[]): HealthFinding {
  const lag = needs.find(({ id }) => id.startsWith(LAG))
  if (lag === undefined) return { status: 'ok', detail: null }
  return { status: 'degraded', detail: `${lag.title}. ${lag.what ?? ''}`, hint: lag.steps.join(' ') }
}
