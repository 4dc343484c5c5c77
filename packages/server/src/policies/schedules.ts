import { permit } from './policy.ts'

/** What may be done with schedules, and by whom. */
export const SCHEDULES = {
  read: permit('schedules.read', 'viewer', ['read', 'jobs']),
  /** Makes a job, as anybody may who makes jobs. */
  run: permit('schedules.run', 'operator', ['jobs']),
  change: permit('schedules.change', 'supervisor', ['admin']),
} as const
