import { type Finding, groupFindings, isRecovering } from '@andon/core'
import type { Found, RuleRow } from '@andon/store'

/** What a rule found, equal ones made one; what gets well again keeps the names of all that it is about. */
export function foundBy({ condition, grouping, id }: RuleRow, findings: readonly Finding[]): Found[] {
  const names = isRecovering(condition) ? [...new Set(findings.map(({ key }) => key))] : []
  return groupFindings(grouping, findings).map((finding) => ({
    ...finding,
    ruleId: id,
    members: grouping === 'rule' ? names : names.filter((name) => name === finding.key),
  }))
}
