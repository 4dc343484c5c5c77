import { permit } from './policy.ts'

/** How long jobs are kept is an administrator's: what is deleted does not come back. */
export const RETENTION = {
  read: permit('retention.read', 'admin', ['admin']),
  manage: permit('retention.manage', 'admin', ['admin']),
} as const
