import { permit } from './policy.ts'

/** What may be done with workers, and by whom. */
export const WORKERS = {
  read: permit('workers.read', 'viewer', ['read']),
  drain: permit('workers.drain', 'supervisor', ['admin']),
  work: { ...permit('workers.work', 'operator', ['worker', 'station']), isForWorkers: true },
} as const
