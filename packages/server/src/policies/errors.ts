import { permit } from './policy.ts'

/** Who may see groups of errors: whoever may see lists of jobs; of the groups, what their own lists show. */
export const ERRORS = {
  read: permit('errors.read', 'viewer', ['read', 'jobs']),
} as const
