import type { AnalyticsGroup } from '@andon/core'
import type { AnalyticsSearch } from './view.ts'

/** Shows nothing but one printer, type or user. */
export type PickGroup = (by: AnalyticsGroup, name: string) => void

/** What the address says when a group was picked: the figures are then told apart by something else. */
export function pickedGroup(by: AnalyticsGroup, name: string): AnalyticsSearch {
  return { [by]: name, by: by === 'user' ? 'printer' : 'user' }
}

/** The act of a row's button; null for rows without a name. */
export function pickOf(onPick: PickGroup, by: AnalyticsGroup, name: string | null): (() => void) | null {
  return name === null ? null : () => onPick(by, name)
}

/** Heading of the column of groups. */
export const GROUP_TITLES: Record<AnalyticsGroup, string> = { printer: 'Printer', type: 'Type', user: 'User' }
