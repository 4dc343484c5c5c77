import { choice, flag, integer, type SettingsOf } from '../settings.ts'

/** Settings of the driver `raw`. */
export const RAW_SETTINGS = {
  language: choice({
    default: 'zpl',
    choices: ['zpl', 'escpos'],
    description: 'What the device understands: ZPL (label printers) or ESC/POS (receipt printers).',
  }),
  confirms: flag({
    default: true,
    description: 'Whether the device answers when asked for its status. Without it, jobs end as sent, not confirmed.',
  }),
  batchSize: integer({
    default: 1,
    min: 1,
    max: 500,
    description:
      'Items that are sent at once. More is faster, and leaves more of them in doubt when the connection breaks.',
  }),
  connectTimeoutMs: integer({
    default: 5_000,
    min: 100,
    max: 60_000,
    description: 'Longest wait for a connection, in milliseconds.',
  }),
  statusTimeoutMs: integer({
    default: 1_500,
    min: 50,
    max: 60_000,
    description:
      'How long the device may be silent when asked for its status before it needs attention, in milliseconds.',
  }),
  busyTimeoutMs: integer({
    default: 30_000,
    min: 0,
    max: 3_600_000,
    description:
      'How long the device may be busy with labels of others before the item is tried again later, in milliseconds.',
  }),
  idleCloseMs: integer({
    default: 2_000,
    min: 0,
    max: 600_000,
    description:
      'How long the connection is kept after the last use, in milliseconds: most devices serve one at a time.',
  }),
} as const

export type RawSettings = SettingsOf<typeof RAW_SETTINGS>
