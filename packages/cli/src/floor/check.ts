import { isProblem } from '@andon/core'
import type { ProductionFloor } from '@andon/floor'
import type { HealthCheck } from '@andon/server'

/** Before the checks of the server give up: a floor that does not answer is no reason to call Andon down. */
const ANSWER_WITHIN_MS = 2_000

/** Whether the shop's databases answer and are as they should be. Andon itself works without them. */
export function floorCheck(floor: ProductionFloor): HealthCheck {
  return {
    name: 'floor',
    run: async () => {
      const late = AbortSignal.timeout(ANSWER_WITHIN_MS)
      const isLate = new Promise<'late'>((resolve) => late.addEventListener('abort', () => resolve('late')))
      try {
        const answer = await Promise.race([floor.ping(), isLate])
        if (answer !== 'late') return { status: 'ok', detail: null }
        return { status: 'degraded', detail: `The floor did not answer within ${ANSWER_WITHIN_MS} ms.` }
      } catch (error) {
        return { status: 'degraded', detail: isProblem(error) ? error.detail : String(error) }
      }
    },
  }
}
