import { durationWords, type PrinterView } from '@andon/core'
import type { Andon } from '@andon/sdk'
import { EXIT, type ExitCode, Interrupted } from '../../exit.ts'
import { factLine, type Look } from '../../output/look.ts'
import { printDetails } from '../../output/rows.ts'
import { plain } from '../../output/text.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import { troubleLines } from '../jobs/trouble.ts'
import { progressText, titleText } from '../jobs/words.ts'
import { PRINTER_ROWS, printerStyle } from './columns.ts'

/** `andon printers status`: asks the devices now. */
export async function showPrinters(
  session: Session,
  names: readonly string[],
  flags: { readonly watch?: boolean },
): Promise<ExitCode> {
  const andon = await session.andon()
  const printers: PrinterView[] = []
  const failure = await eachOf(session, names, async (name) => void printers.push(await andon.printers.status(name)))
  show(session, printers)
  if (flags.watch !== true || failure !== EXIT.ok) return failure
  return watchPrinters(session, andon, printers)
}

function show(session: Session, printers: readonly PrinterView[]): void {
  if (printers.length === 0) return
  const lines = (printer: PrinterView) => printerLines(printer, session.look())
  printDetails(session, printers, { ...PRINTER_ROWS, lines })
}

/** Says each change of state or reasons until Ctrl-C. */
async function watchPrinters(session: Session, andon: Andon, printers: readonly PrinterView[]): Promise<ExitCode> {
  const known = new Map(printers.map((printer) => [printer.name, stateKey(printer)]))
  const take = (views: readonly PrinterView[]) => {
    const changed = views.filter((view) => known.has(view.name) && known.get(view.name) !== stateKey(view))
    for (const view of changed) known.set(view.name, stateKey(view))
    if (session.format === 'jsonl') for (const view of changed) session.io.stdout.write(`${JSON.stringify(view)}\n`)
    else if (changed.length > 0) show(session, changed)
  }
  try {
    return await session.interruptible(
      (signal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
          const onLoad = () => void andon.printers.list().then(take, () => {})
          andon.live.subscribe({ topic: 'printers' }, { onLoad, onPrinters: take, onError: reject })
        }),
    )
  } catch (error) {
    if (error instanceof Interrupted) return EXIT.interrupted
    throw error
  }
}

function stateKey(printer: PrinterView): string {
  const reasons = printer.troubles.map((trouble) => trouble.reason)
  return [printer.status_text, printer.state, printer.pause?.at ?? '', ...reasons].join(' ')
}

/** Everything about one printer, for a person. */
function printerLines(printer: PrinterView, look: Look): string[] {
  const [sign, style] = printerStyle(printer)
  const fact = factLine(look)
  const since = look.paint('dim', `since ${look.time(printer.state_since)}`)
  const job = printer.current_job
  return [
    `${look.paint(style, `${sign} ${printer.status_text}`)}  ${look.paint('bold', plain(printer.name))} ${since}`,
    ...fact('model', printer.model),
    ...fact('address', `${printer.driver} ${printer.uri}`),
    ...fact('location', printer.location),
    ...fact('pool', printer.pool),
    ...fact('station', printer.station),
    ...fact('failover', failoverText(printer)),
    ...fact('says', printer.message),
    ...fact('now', job === null ? null : `${titleText(job)}, ${progressText(job)} (${job.id})`),
    ...fact('waiting', `${printer.jobs_waiting} jobs`),
    ...fact('supplies', suppliesText(printer)),
    ...fact('last print', look.time(printer.last_confirmed_at)),
    ...fact('heard', look.time(printer.answered_at)),
    ...troubleLines(printer, look),
  ]
}

function failoverText({ failover_after: afterS, failover_to: to }: PrinterView): string | null {
  return to === null ? null : `to ${to} after ${durationWords(afterS * 1_000)} in trouble`
}

function suppliesText(printer: PrinterView): string {
  return printer.supplies.map(({ level, name }) => `${name} ${level === null ? '?' : `${level} %`}`).join(', ')
}
