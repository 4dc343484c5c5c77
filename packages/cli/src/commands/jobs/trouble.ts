import type { PrinterView } from '@andon/core'
import type { Look } from '../../output/look.ts'
import { plain, wrap } from '../../output/text.ts'

/** What is the matter with a printer, and what to do about it step by step; empty when nothing is. */
export function troubleLines(printer: PrinterView | undefined, look: Look): string[] {
  if (!printer) return []
  return [...printer.troubles.flatMap((trouble) => oneTrouble(printer, trouble, look)), ...pauseLines(printer, look)]
}

function oneTrouble(printer: PrinterView, trouble: PrinterView['troubles'][number], look: Look): string[] {
  const style = trouble.severity === 'error' ? 'red' : 'yellow'
  const width = (look.columns ?? 100) - 7
  const since = look.time(printer.state_since)
  return [
    `  ${look.paint([style, 'bold'], `▲ ${plain(printer.name)}: ${plain(trouble.title)}`)} ${look.paint('dim', since)}`,
    ...trouble.steps.flatMap((step, index) =>
      wrap(plain(step), width).map((line, part) => `    ${part === 0 ? `${index + 1}. ` : '   '}${line}`),
    ),
  ]
}

/** A pause by a person; one by trouble says itself in its steps. */
function pauseLines(printer: PrinterView, look: Look): string[] {
  if (!printer.pause || printer.pause.is_by_trouble) return []
  const { by, reason, until } = printer.pause
  const why = reason === null ? '' : `: ${plain(reason)}`
  const end = until === null ? '' : `, until ${look.time(until)}`
  return [
    `  ${look.paint('yellow', `‖ ${plain(printer.name)} was paused by ${plain(by)}${why}${end}`)}`,
    `    1. When it may go on: andon printers resume ${quoteShell(printer.name)}`,
  ]
}

/** A word as it can be typed into a shell. */
export function quoteShell(word: string): string {
  return /^[\w.@%+:/-]+$/.test(word) ? word : `'${plain(word).replaceAll("'", String.raw`'\''`)}'`
}
