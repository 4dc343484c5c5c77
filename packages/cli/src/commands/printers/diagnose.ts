import type { DiagnosisCheck } from '@andon/core'
import { EXIT, type ExitCode } from '../../exit.ts'
import { printRows } from '../../output/rows.ts'
import type { Session } from '../../session.ts'

const SIGNS = { ok: ['✓', 'green'], warning: ['!', 'yellow'], error: ['✗', 'red'] } as const

function adviceOf({ name, steps, title }: DiagnosisCheck): string {
  const numbered = steps.map((step, index) => `  ${index + 1}. ${step}`)
  return ['', `${title ?? name}. What to do:`, ...numbered].join('\n')
}

/** `andon printers diagnose`: ok when every step on the way to the printer worked. What to do goes to stderr. */
export async function diagnosePrinter(session: Session, name: string): Promise<ExitCode> {
  const andon = await session.andon()
  const { checks, protocol, round_trip_ms: roundTripMs, test_page: testPage } = await andon.printers.diagnose(name)
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
  for (const check of checks) if (check.steps.length > 0) session.note(adviceOf(check))
  if (protocol !== null) {
    const version = protocol.version === null ? '' : ` ${protocol.version}`
    session.note(
      `\nIt speaks ${protocol.name}${version}${roundTripMs === null ? '' : `, answered in ${roundTripMs} ms`}.`,
    )
  }
  if (testPage.is_offered) session.note(`Print a test page with: andon printers test ${JSON.stringify(name)}`)
  return checks.some((check) => check.status === 'error') ? EXIT.error : EXIT.ok
}
