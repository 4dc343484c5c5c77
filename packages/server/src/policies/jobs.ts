import { permit } from './policy.ts'

/** What may be done with jobs, and by whom. */
export const JOBS = {
  read: permit('jobs.read', 'viewer', ['read', 'jobs']),
  create: permit('jobs.create', 'operator', ['jobs']),
  cancel: permit('jobs.cancel', 'operator', ['jobs']),
  retry: permit('jobs.retry', 'operator', ['jobs']),
  hold: permit('jobs.hold', 'operator', ['jobs']),
  prioritise: permit('jobs.prioritise', 'operator', ['jobs']),
  move: permit('jobs.move', 'operator', ['jobs']),
  confirm: permit('jobs.confirm', 'supervisor', ['jobs']),
  clone: permit('jobs.clone', 'operator', ['jobs']),
  /** Many at once; what is done to them has a permission of its own. */
  bulk: permit('jobs.bulk', 'operator', ['jobs']),
  /** Of finished jobs, for good. */
  delete: permit('jobs.delete', 'supervisor', ['jobs']),
} as const
