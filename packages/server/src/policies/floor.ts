import { permit } from './policy.ts'

/** What may be done on the production floor, and by whom. Scanners and presses are accounts of operators. */
export const FLOOR = {
  read: permit('floor.read', 'viewer', ['read', 'jobs']),
  scan: permit('floor.scan', 'operator', ['jobs']),
  record: permit('floor.record', 'operator', ['jobs']),
  process: permit('floor.process', 'operator', ['jobs']),
  retry: permit('floor.retry', 'operator', ['jobs']),
  dismiss: permit('floor.dismiss', 'supervisor', ['jobs']),
  override: permit('floor.override', 'supervisor', ['jobs']),
  catalogue: permit('floor.catalogue', 'admin', ['admin']),
} as const
