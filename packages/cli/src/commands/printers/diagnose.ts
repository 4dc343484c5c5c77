import { EXIT, type ExitCode } from '../../exit.ts'
import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'

const SIGNS = { ok: ['✓', 'green'], warning: ['!', 'yellow'], error: ['✗', 'red'] } as const

/** `andon printers diagnose`: ok when every step on the way to the printer worked. */
export async function diagnosePrinter(session: Session, name: string): Promise<ExitCode> {
  const andon = await session.andon()
  const checks = await andon.printers.diagnose(name)
  printRows(session, checks, {
    columns: [
      {
        name: 'status',
        title: '',
        value: (check) => check.status,
        cell: (check) => SIGNS[check.status][0],
        paint: (text, check, look) => look.paint(SIGNS[check.status][1], text),
      },
      { name: 'name', title: 'CHECK', value: (check) => check.name },
      { name: 'detail', title: 'FOUND', shrink: 20, value: (check) => check.detail },
    ],
    empty: 'Nothing was checked.',
    name: (check) => check.name,
  })
  return checks.some((check) => check.status === 'error') ? EXIT.error : EXIT.ok
}
