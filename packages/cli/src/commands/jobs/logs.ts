import type { LogView } from '@andon/core'
import { EXIT, type ExitCode, Interrupted, UsageError } from '../../exit.ts'
import type { Look } from '../../output/look.ts'
import { FIELDS } from '../../output/fields.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import { plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'

/** Flags of `jobs logs`. */
export interface LogFlags {
  readonly follow?: boolean
  readonly level?: string
  readonly search?: string
}

const LEVELS = ['debug', 'info', 'warning', 'error'] as const
const STYLES = { debug: 'gray', info: 'white', warning: 'yellow', error: 'red' } as const

const ROWS: RowsSpec<LogView> = {
  fields: FIELDS.LogView,
  columns: [
    { name: 'at', title: 'WHEN', value: (line) => line.at },
    { name: 'level', title: 'LEVEL', value: (line) => line.level },
    { name: 'step', title: 'STEP', value: (line) => line.step },
    { name: 'message', title: 'MESSAGE', value: (line) => line.message },
    { name: 'data', title: 'DATA', value: (line) => line.data },
  ],
  empty: 'It has written no log lines.',
  name: (line) => line.message,
}

/** `andon jobs logs` */
export async function showLogs(session: Session, id: string, flags: LogFlags): Promise<ExitCode> {
  const level = levelOf(flags.level)
  const andon = await session.andon()
  const filter = { level, search: flags.search }
  const look = session.look()
  const isStream = session.format === 'table' || session.format === 'jsonl'
  if (flags.follow === true && !isStream) {
    throw new UsageError(
      `--follow prints lines as they come, which ${session.format} cannot.`,
      'Say: --follow -o jsonl',
    )
  }
  const kept: LogView[] = []
  let count = 0
  const show = (line: LogView) => {
    count += 1
    if (session.format === 'table') session.io.stdout.write(`${lineText(line, look)}\n`)
    else if (isStream) printRows(session, [line], ROWS)
    else kept.push(line)
  }
  try {
    await session.interruptible(async (signal) => {
      const lines =
        flags.follow === true
          ? andon.jobs.followLogs(id, { ...filter, signal })
          : andon.jobs.eachLog(id, { ...filter, signal })
      for await (const line of lines) show(line)
    })
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    return EXIT.interrupted
  }
  if (!isStream) printRows(session, kept, ROWS)
  if (count === 0 && session.format === 'table') session.note(ROWS.empty)
  return EXIT.ok
}

/** One line of a log for a person; further lines of a message are indented below it. */
function lineText(line: LogView, look: Look): string {
  const [first = '', ...more] = line.message.split(/\r?\n/).map(plain)
  const time = look.paint('dim', line.at.replace('T', ' ').replace(/\.\d+Z$|Z$/, ''))
  const step = line.step === null ? '' : look.paint('dim', ` [${plain(line.step)}]`)
  const data =
    line.data === null || line.data === undefined ? '' : look.paint('dim', ` ${plain(JSON.stringify(line.data))}`)
  const head = `${time} ${look.paint(STYLES[line.level], line.level.padEnd(7))}${step} ${first}${data}`
  return [head, ...more.map((text) => `    ${text}`)].join('\n')
}

function levelOf(written: string | undefined): LogView['level'] | undefined {
  if (written === undefined) return undefined
  const level = LEVELS.find((known) => known === written || known.startsWith(written))
  if (level === undefined) throw new UsageError(`There is no level "${written}".`, `Choose from: ${LEVELS.join(', ')}`)
  return level
}
