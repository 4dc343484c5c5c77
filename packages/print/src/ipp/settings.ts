import { flag, integer, type SettingsOf, text } from '../settings.ts'

/** Settings of the drivers `ipp` and `virtual`. */
export const IPP_SETTINGS = {
  confirms: flag({
    default: true,
    description: 'Whether the printer counts what it prints. Without it, jobs end as sent, not confirmed.',
  }),
  documentFormat: text({
    description: 'MIME type that is announced instead of the one of the document; empty: its own.',
  }),
  username: text({ description: 'User name for printers that ask for one.' }),
  password: text({ description: 'Password for printers that ask for one.', secret: true }),
  acceptSelfSigned: flag({
    default: true,
    description: 'Whether certificates are taken that the printer made itself.',
  }),
  requestTimeoutMs: integer({
    default: 10_000,
    min: 100,
    max: 300_000,
    description: 'Longest wait for the answer to one request, in milliseconds.',
  }),
  followIntervalMs: integer({
    default: 500,
    min: 50,
    max: 60_000,
    description: 'How often the printer is asked for its state while a job is printed, in milliseconds.',
  }),
  stallTimeoutMs: integer({
    default: 120_000,
    min: 200,
    max: 3_600_000,
    description:
      'A job that shows no change for so long, without a reason, is shown as not answering; in milliseconds.',
  }),
  confirmTimeoutMs: integer({
    default: 20_000,
    min: 100,
    max: 3_600_000,
    description:
      'How long a printer that vanished after data left is waited for before the print is unconfirmed, in milliseconds.',
  }),
  busyTimeoutMs: integer({
    default: 30_000,
    min: 0,
    max: 3_600_000,
    description: 'How long a printer may be busy with others before the item is tried again later, in milliseconds.',
  }),
} as const

export type IppSettings = SettingsOf<typeof IPP_SETTINGS>
