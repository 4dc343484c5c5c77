import type { StateReason } from './ports/print.ts'
import { CONNECTION_TROUBLE } from './troubleshooting/connection.ts'
import { DEVICE_TROUBLE } from './troubleshooting/device.ts'
import type { TroubleshootingText } from './troubleshooting/entry.ts'
import { MEDIA_TROUBLE } from './troubleshooting/media.ts'
import { SUPPLY_TROUBLE } from './troubleshooting/supplies.ts'

/** What happened at a printer and what to do about it. */
export interface TroubleshootingEntry extends TroubleshootingText {
  /** The normalised reason; for unknown ones the word that was asked for. */
  readonly reason: string
  /** False for the generic entry of a reason that the catalogue does not know. */
  readonly isKnown: boolean
}

const TABLE: ReadonlyMap<string, TroubleshootingText> = new Map<string, TroubleshootingText>(
  Object.entries({ ...MEDIA_TROUBLE, ...SUPPLY_TROUBLE, ...DEVICE_TROUBLE, ...CONNECTION_TROUBLE }),
)

/** Every entry of the catalogue, in its order: media, supplies, device, connection. */
export const TROUBLESHOOTING: readonly TroubleshootingEntry[] = [...TABLE].map(([reason, text]) => ({
  reason,
  isKnown: true,
  ...text,
}))

const BY_REASON: ReadonlyMap<string, TroubleshootingEntry> = new Map(
  TROUBLESHOOTING.map((entry) => [entry.reason, entry]),
)

/** Whether the catalogue knows the reason by exactly this word. */
export function isKnownReason(reason: string): boolean {
  return BY_REASON.has(reason)
}

/**
 * The entry for a normalised reason. Unknown ones get a generic entry that shows the words of the device and never
 * pauses a queue, since nobody could know when it ends.
 *
 * @param raw the words of the device, when they differ from the reason
 */
export function troubleshoot(reason: string, raw: string = reason): TroubleshootingEntry {
  return BY_REASON.get(reason) ?? genericEntry(reason, raw === '' ? reason : raw)
}

/** Whether a printer's queue stands still while it reports these reasons. */
export function pausesQueue(reasons: readonly StateReason[]): boolean {
  return reasons.some(({ reason }) => troubleshoot(reason).pausesQueue)
}

function genericEntry(reason: string, raw: string): TroubleshootingEntry {
  const words = raw.slice(0, 200)
  return {
    reason,
    isKnown: false,
    severity: 'warning',
    title: `The printer reports "${words}"`,
    what: `The printer gave a reason that Andon has no explanation for: "${words}".`,
    steps: [
      'Look at the display of the printer and at its message.',
      'Look the words up in the manual of the printer.',
      'If it stands still, switch it off and on.',
    ],
    pausesQueue: false,
    mendsItself: false,
  }
}
