import type { PageOrder } from '@andon/station/browser'
import { External, useExternal } from '../../live/external.ts'

/** What this browser is to its machine. */
export interface Machine {
  /** The station that it drives; null while none is chosen. */
  readonly stationId: number | null
  /** Where QZ Tray listens; null for the ports that it has by itself. */
  readonly qzPort: PageOrder['qzPort']
}

const STORED_AS = 'andon.machine'
const NOTHING: Machine = { stationId: null, qzPort: null }

const machine = new External<Machine>(read())

/** What was chosen for this browser; renders again when it changes. */
export function useMachine(): Machine {
  return useExternal(machine)
}

/** Changes some of it, and keeps it for the next time. */
export function setMachine(change: Partial<Machine>): void {
  const next = { ...machine.get(), ...change }
  machine.set(next)
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(next))
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}

function read(): Machine {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED_AS) ?? '{}')
    return typeof stored === 'object' && stored !== null ? { ...NOTHING, ...stored } : NOTHING
  } catch {
    return NOTHING
  }
}
