/** One column of a CSV export. */
export interface CsvColumn {
  /** Name in the first row; stable, since scripts read it. */
  readonly name: string
  /** Field of the job on the wire, or of its print, that fills it. */
  readonly field: string
}

/** The columns of the jobs export, in their order (documented with the route `/api/jobs/export.csv`). */
export const JOB_CSV_COLUMNS = [
  { name: 'created', field: 'created_at' },
  { name: 'type', field: 'type' },
  { name: 'description', field: 'description' },
  { name: 'subject', field: 'subject' },
  { name: 'printer', field: 'printer' },
  { name: 'quantity', field: 'items_total' },
  { name: 'done', field: 'items_done' },
  { name: 'failed', field: 'items_failed' },
  { name: 'state', field: 'state' },
  { name: 'proof', field: 'proof' },
  { name: 'submitted by', field: 'created_by' },
  { name: 'started', field: 'started_at' },
  { name: 'finished', field: 'finished_at' },
  { name: 'duration s', field: 'duration_s' },
  { name: 'attempts', field: 'attempts' },
  { name: 'error code', field: 'error_code' },
  { name: 'error message', field: 'error_message' },
] as const satisfies readonly CsvColumn[]

/**
 * Makes a text safe for spreadsheets, which run cells that begin with `= + - @`, tab or carriage return as formulas:
 * such a cell gets a leading apostrophe. Spaces before the sign do not help an attacker, since they are looked past.
 * A text that is nothing but a number (`-12`, `+3.5`, `-1e9`) stays as it is: it cannot act, and sums must still work.
 */
export function defuseCell(text: string): string {
  return isDangerous(text) && !isNumeral(text) ? `'${text}` : text
}

function isDangerous(text: string): boolean {
  const first = text[0]
  return first === '\t' || first === '\r' || /^ *[=+\-@\t\r＝＋－＠]/.test(text)
}

function isNumeral(text: string): boolean {
  return /^[+-]?[0-9]{1,32}(?:\.[0-9]{1,32})?(?:e[+-]?[0-9]{1,3})?$/i.test(text)
}

/**
 * One field of a CSV row (RFC 4180): null and undefined are empty, texts are defused, times are RFC 3339 in UTC, and
 * quotes are put where a comma, quote, line break or outer space needs them.
 */
export function csvField(value: string | number | bigint | boolean | Date | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'string') return String(value)
  const text = defuseCell(value)
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** One row with its line end (CR LF, RFC 4180). */
export function csvRow(values: readonly Parameters<typeof csvField>[0][]): string {
  return `${values.map(csvField).join(',')}\r\n`
}
