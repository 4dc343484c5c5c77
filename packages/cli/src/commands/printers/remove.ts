import type { ExitCode } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { type Removal, removeEach } from '../remove-each.ts'

/** `andon printers remove` */
export function removePrinters(session: Session, names: readonly string[], flags: Removal['flags']): Promise<ExitCode> {
  return removeEach(session, { names, flags }, (andon, name) => andon.printers.remove(name))
}
