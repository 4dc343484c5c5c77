import { closeSettledAlerts, holdAlerts, type RuleRow, type Unwell, type WatchTurn } from '@andon/store'
import { foundBy } from './found-by.ts'
import { type Look, lookAtStates } from './look-at-states.ts'

/** Looks at what holds now, and opens or closes the alerts of the rules that watch for it. */
export async function findInStates(turn: WatchTurn, rules: readonly RuleRow[]): Promise<void> {
  const { tx } = turn
  const looks = await lookAtStates(tx, rules)
  const changes = await holdAlerts(
    tx,
    looks.map(({ rule }) => rule.id),
    looks.flatMap(({ findings, rule }) => foundBy(rule, findings)),
    looks.flatMap(unwellIn),
  )
  const settled = await closeSettledAlerts(tx)
  const [opened, closed] = [changes.opened, changes.closed + settled.closed]
  if (opened + closed > 0) await turn.tell({ opened, closed })
}

function unwellIn({ rule, standing }: Look): Unwell[] {
  return [...standing].flatMap(([name, how]) =>
    how === 'well' ? [] : [{ ruleId: rule.id, name, isDown: how === 'down' }],
  )
}
