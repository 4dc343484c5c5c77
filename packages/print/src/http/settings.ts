import { flag, integer, type SettingsOf, text } from '../settings.ts'

/** Settings of the driver `http`. */
export const HTTP_SETTINGS = {
  printer: text({ description: 'Name of the printer on the print server; empty: the first one it has.' }),
  token: text({ description: 'Key for the print server.', secret: true }),
  confirms: flag({
    default: true,
    description:
      'Whether "completed" of the print server is taken for printed. Without it, jobs end as accepted, not confirmed.',
  }),
  batchSize: integer({ default: 500, min: 1, max: 500, description: 'Labels that are sent in one request.' }),
  pollIntervalMs: integer({
    default: 5_000,
    min: 20,
    max: 60_000,
    description: 'How often the print server is asked for a job under way, in milliseconds.',
  }),
  requestTimeoutMs: integer({
    default: 15_000,
    min: 100,
    max: 300_000,
    description: 'Longest wait for an answer of the print server, in milliseconds.',
  }),
  confirmTimeoutMs: integer({
    default: 600_000,
    min: 100,
    max: 86_400_000,
    description:
      'How long a print server that vanished with a job is waited for before the print is unconfirmed, in milliseconds.',
  }),
} as const

export type HttpSettings = SettingsOf<typeof HTTP_SETTINGS>
