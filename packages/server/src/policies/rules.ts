import { permit } from './policy.ts'

/** What may be done with rules, alerts and deliveries, and by whom. Who stands at the machine sees to its alerts. */
export const RULES = {
  read: permit('rules.read', 'operator', ['read', 'jobs', 'admin']),
  manage: permit('rules.manage', 'supervisor', ['admin']),
  acknowledge: permit('rules.acknowledge', 'operator', ['jobs', 'admin']),
} as const
