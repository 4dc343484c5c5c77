import type { AlertCounts } from '@andon/sdk'
import { queries } from './andon.ts'
import { External, useExternal } from './external.ts'
import { follow } from './follow.ts'

const counts = new External<AlertCounts | undefined>(undefined)

/** How many alerts are open; undefined until that is known, and for those who may not see it. */
export function useAlertCounts(): AlertCounts | undefined {
  return useExternal(counts)
}

/** Follows the alerts, and has what is shown of them loaded anew when they change. Returns what ends it. */
export function followAlerts(): () => void {
  const onAlerts = (next: AlertCounts) => {
    counts.set(next)
    void reloadAlerts()
  }
  return follow({ topic: 'alerts' }, { onAlerts }, () => void reloadAlerts())
}

/** Alerts, rules and messages anew: after somebody changed one here. */
export async function reloadAlerts(): Promise<void> {
  await queries.invalidateQueries({ queryKey: ['alerts'] })
}
