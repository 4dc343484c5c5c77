import { permit } from './policy.ts'

/** Who may see figures over jobs and printers: whoever may see lists of them; of jobs, those that their lists show. */
export const ANALYTICS = {
  read: permit('analytics.read', 'viewer', ['read', 'jobs']),
} as const
