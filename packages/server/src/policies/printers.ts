import { permit } from './policy.ts'

/** What may be done with printers and their pools, and by whom. Operators stand at the printer; settings are others'. */
export const PRINTERS = {
  read: permit('printers.read', 'viewer', ['read', 'jobs', 'printers']),
  pause: permit('printers.pause', 'operator', ['printers']),
  test: permit('printers.test', 'operator', ['printers']),
  refresh: permit('printers.refresh', 'operator', ['printers']),
  diagnose: permit('printers.diagnose', 'operator', ['printers']),
  discover: permit('printers.discover', 'supervisor', ['printers']),
  manage: permit('printers.manage', 'supervisor', ['printers']),
} as const
