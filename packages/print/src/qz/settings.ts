import { integer, type SettingsOf } from '../settings.ts'

/** Settings of the driver `qz`. */
export const QZ_SETTINGS = {
  followIntervalMs: integer({
    default: 1_000,
    min: 50,
    max: 60_000,
    description: 'How often QZ Tray is asked for the state of the printer while a job is printed, in milliseconds.',
  }),
  matchTimeoutMs: integer({
    default: 3_000,
    min: 0,
    max: 60_000,
    description:
      'How long a job without our name waits for one with it before it is taken for ours, in milliseconds: QZ Tray does not tell which job it made.',
  }),
  pausedGraceMs: integer({
    default: 3_000,
    min: 0,
    max: 600_000,
    description: 'How long a job may be held or paused before a person is asked to see to it, in milliseconds.',
  }),
  stallTimeoutMs: integer({
    default: 600_000,
    min: 100,
    max: 86_400_000,
    description:
      'How long nothing may be heard of a job while the printer reports no trouble before the job needs confirmation, in milliseconds.',
  }),
} as const

export type QzSettings = SettingsOf<typeof QZ_SETTINGS>
