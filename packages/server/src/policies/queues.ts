import { permit } from './policy.ts'

/** What may be done with queues, and by whom. */
export const QUEUES = {
  read: permit('queues.read', 'viewer', ['read', 'jobs']),
  pause: permit('queues.pause', 'operator', ['jobs']),
  limit: permit('queues.limit', 'supervisor', ['admin']),
  drain: permit('queues.drain', 'supervisor', ['admin']),
} as const
