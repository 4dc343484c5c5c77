import type { HealthCheck } from '@andon/server'
import type { Database } from './database.ts'

/** What the server cannot know of the embedded PostgreSQL by asking it. */
export function embeddedChecks({ embedded, isDiskLow }: Database): HealthCheck[] {
  if (!embedded) return []
  return [
    {
      name: 'embedded database',
      run: async () =>
        embedded.state === 'running'
          ? { status: 'ok', detail: null }
          : {
              status: 'down',
              detail: `the embedded PostgreSQL is ${embedded.state}`,
              hint: 'It is started again by itself; if it stays so, see the log of the server.',
            },
    },
    {
      name: 'disk',
      run: async () =>
        isDiskLow()
          ? {
              status: 'degraded',
              detail: 'Space on the disk is running out: free some, or nothing can be written soon.',
              hint: 'Make room on the disk of the data folder.',
            }
          : { status: 'ok', detail: null },
    },
  ]
}
