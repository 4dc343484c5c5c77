import { EXIT, type ExitCode } from '../../exit.ts'
import { plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'

/** `andon printers diagnose`: ok when every step on the way to the printer worked. */
export async function diagnosePrinter(session: Session, name: string): Promise<ExitCode> {
  const andon = await session.andon()
  const diagnosis = await andon.printers.diagnose(name)
  if (session.format !== 'table') session.io.stdout.write(`${JSON.stringify(diagnosis, null, 2)}\n`)
  else {
    const look = session.look()
    for (const step of diagnosis.steps) {
      const sign = step.is_ok ? look.paint('green', '✓') : look.paint('red', '✗')
      session.io.stdout.write(`${sign} ${plain(step.name)}${step.detail === null ? '' : `: ${plain(step.detail)}`}\n`)
    }
  }
  return diagnosis.steps.every((step) => step.is_ok) ? EXIT.ok : EXIT.error
}
