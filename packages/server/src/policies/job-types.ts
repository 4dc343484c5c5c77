import { permit } from './policy.ts'

/** Names of types tell of jobs: for those who see the jobs of everybody. */
export const JOB_TYPES = {
  read: permit('job_types.read', 'supervisor', ['read']),
} as const
