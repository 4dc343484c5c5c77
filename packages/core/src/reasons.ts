import type { PrinterState, Severity, StateReason } from './ports/print.ts'
import { FINE_WORDS, IPP_WORDS, QZ_WORDS } from './troubleshooting/keywords.ts'
import { isKnownReason, TROUBLESHOOTING, troubleshoot } from './troubleshooting.ts'

/** Some devices (ippeveprinter among them) cut their keywords, suffix included, to this many characters. */
const CUT_LENGTH = 31

/** Longest word of a device that is kept. */
const RAW_LIMIT = 255

const SUFFIXES = [
  ['report', 'info'],
  ['warning', 'warning'],
  ['error', 'error'],
] as const satisfies readonly (readonly [string, Severity])[]

/** Every word that has a meaning, with the reason it stands for; sorted, so that a cut word finds the shortest first. */
const WORDS: readonly (readonly [string, string])[] = [
  ...TROUBLESHOOTING.map(({ reason }) => [reason, reason] as const),
  ...IPP_WORDS,
].toSorted(([one], [other]) => one.length - other.length)

/**
 * One keyword of `printer-state-reasons` or `job-state-reasons` in Andon's words; null when it says that nothing is
 * the matter (`none`).
 *
 * The suffixes `-report`, `-warning` and `-error` give the severity; a keyword without one means error by the
 * standard (RFC 8011 §5.4.12) unless the catalogue knows it to be less. A reason that stops printing is an error
 * whatever its suffix: devices say `media-jam-warning` while they stand still. Keywords cut to 31 characters are
 * recognised by their beginning; unknown ones are kept without suffix.
 */
export function normaliseIppReason(keyword: string): StateReason | null {
  const raw = keyword.trim().slice(0, RAW_LIMIT)
  const word = raw.toLowerCase()
  if (FINE_WORDS.has(word)) return null
  const whole = meaningOf(word)
  if (whole !== null) return stateReason(whole, null, raw)

  const { stem, severity } = splitSuffix(word)
  if (FINE_WORDS.has(stem)) return null
  const cut = word.length === CUT_LENGTH ? (meaningOfCut(stem) ?? meaningOf(stem.replace(/-.?.?$/, ''))) : null
  return stateReason(meaningOf(stem) ?? cut ?? stem, severity, raw)
}

/** All keywords of an attribute, worst first and each reason once. */
export function normaliseIppReasons(keywords: readonly string[]): StateReason[] {
  return worstFirst(keywords.map(normaliseIppReason))
}

/**
 * What a printer or job event of QZ Tray says; null when nothing is the matter.
 *
 * @param statusText the upper-case word (`PAPER_OUT`), or a lower-case keyword of older notes (`media-empty`)
 * @param statusCode an IPP keyword on CUPS, which is more exact and wins; on Windows a bit value, which adds nothing
 * @param severity QZ's level of the event, for words that nobody knows
 */
export function normaliseQz(
  statusText: string,
  statusCode?: string | number | null,
  severity?: string,
): StateReason | null {
  const text = statusText.trim().slice(0, RAW_LIMIT)
  const code = typeof statusCode === 'string' ? statusCode.trim().slice(0, RAW_LIMIT).toLowerCase() : ''
  const raw = [text, typeof statusCode === 'number' ? String(statusCode) : code].filter(Boolean).join(' ')
  if (code !== '') {
    if (FINE_WORDS.has(code)) return null
    const byCode = normaliseIppReason(code)
    if (byCode !== null && isKnownReason(byCode.reason)) return { ...byCode, raw }
  }
  const word = text.toLowerCase().replaceAll('_', '-')
  const meaning = QZ_WORDS.get(word)
  if (meaning === null) return null
  if (meaning !== undefined) return stateReason(meaning, null, raw)
  const byText = normaliseIppReason(word)
  if (byText === null || isKnownReason(byText.reason)) return byText === null ? null : { ...byText, raw }
  return { reason: byText.reason, severity: qzSeverity(severity), raw }
}

function qzSeverity(level: string | undefined): Severity {
  if (level === 'INFO') return 'info'
  return level === 'WARN' ? 'warning' : 'error'
}

/**
 * What the four bytes of ESC/POS `DLE EOT 1` to `DLE EOT 4` say, worst first.
 *
 * @param bytes the answers in that order; null or missing where none came. A byte whose fixed bits are wrong is no
 *   answer and is left out.
 */
export function reasonsFromDleEot(bytes: readonly (number | null | undefined)[]): StateReason[] {
  const [printer, offline, error, paper] = [0, 1, 2, 3].map((index) => statusByte(bytes[index]))
  const found: StateReason[] = []
  const add = (isSet: number, reason: string, raw: string): void => {
    if (isSet !== 0) found.push(stateReason(reason, null, raw))
  }
  const has = (byte: number | undefined, bits: number): number => (byte ?? 0) & bits
  add(has(offline, 0x04), 'cover-open', 'DLE EOT 2 bit 2')
  add(has(offline, 0x20), 'media-empty', 'DLE EOT 2 bit 5')
  add(has(error, 0x08), 'cutter-jam', 'DLE EOT 3 bit 3')
  add(has(error, 0x20), 'device-error', 'DLE EOT 3 bit 5')
  add(has(error, 0x44), 'recoverable-error', 'DLE EOT 3 bit 6')
  add(has(paper, 0x60), 'media-empty', 'DLE EOT 4 bits 5 and 6')
  if (has(paper, 0x60) === 0) add(has(paper, 0x0c), 'media-low', 'DLE EOT 4 bits 2 and 3')
  const isExplained = pausing(found)
  if (!isExplained) add(has(offline, 0x40), 'needs-attention', 'DLE EOT 2 bit 6')
  if (!isExplained && has(offline, 0x40) === 0) add(has(printer, 0x08), 'offline', 'DLE EOT 1 bit 3')
  return worstFirst(found)
}

/** Bits 1 and 4 are always set, bits 0 and 7 never. */
function statusByte(byte: number | null | undefined): number {
  return typeof byte === 'number' && (byte & 0x93) === 0x12 ? byte : 0
}

function pausing(reasons: readonly StateReason[]): boolean {
  return reasons.some(({ reason }) => troubleshoot(reason).pausesQueue)
}

/** A reason with the severity that fits it; `suffix` is what the device said, null when it said nothing. */
function stateReason(reason: string, suffix: Severity | null, raw: string): StateReason {
  const entry = troubleshoot(reason)
  const usual = entry.isKnown ? entry.severity : 'error'
  return { reason, severity: entry.pausesQueue ? 'error' : (suffix ?? usual), raw }
}

/** A reason of the catalogue by its own name, for drivers that see the trouble themselves (`unreachable`, `stalled`). */
export function reasonOf(reason: string, raw: string = reason): StateReason {
  return stateReason(reason, null, raw)
}

function meaningOf(word: string): string | null {
  return isKnownReason(word) ? word : (IPP_WORDS.get(word) ?? null)
}

function meaningOfCut(stem: string): string | null {
  return WORDS.find(([word]) => word.startsWith(stem))?.[1] ?? null
}

/** Parts the severity from a keyword; a suffix may be cut when the keyword is as long as a cut one. */
function splitSuffix(word: string): { readonly stem: string; readonly severity: Severity | null } {
  const dash = word.lastIndexOf('-')
  const tail = word.slice(dash + 1)
  const isCut = word.length === CUT_LENGTH && tail.length >= 3
  const suffix = SUFFIXES.find(([name]) => tail === name || (isCut && name.startsWith(tail)))
  if (dash < 1 || suffix === undefined) return { stem: word, severity: null }
  return { stem: word.slice(0, dash), severity: suffix[1] }
}

const SEVERITY_RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

const CATALOGUE_RANK: ReadonlyMap<string, number> = new Map(TROUBLESHOOTING.map(({ reason }, index) => [reason, index]))

/**
 * The reasons in the order in which a person should see to them, each once with its worst severity: errors before
 * warnings before information, then what stops printing, then the order of the catalogue, then by name. Null ones are
 * left out.
 */
export function worstFirst(reasons: readonly (StateReason | null)[]): StateReason[] {
  const worst = new Map<string, StateReason>()
  for (const reason of reasons) {
    if (reason === null) continue
    const known = worst.get(reason.reason)
    if (known === undefined || SEVERITY_RANK[reason.severity] < SEVERITY_RANK[known.severity])
      worst.set(reason.reason, reason)
  }
  return [...worst.values()].toSorted(compareReasons)
}

/** The reason to show when there is room for one; null when all is well. Information alone counts as well. */
export function worstReason(reasons: readonly StateReason[]): StateReason | null {
  const worst = worstFirst(reasons)[0]
  return worst === undefined || worst.severity === 'info' ? null : worst
}

function compareReasons(one: StateReason, other: StateReason): number {
  return (
    SEVERITY_RANK[one.severity] - SEVERITY_RANK[other.severity] ||
    Number(troubleshoot(other.reason).pausesQueue) - Number(troubleshoot(one.reason).pausesQueue) ||
    (CATALOGUE_RANK.get(one.reason) ?? 999) - (CATALOGUE_RANK.get(other.reason) ?? 999) ||
    (one.reason < other.reason ? -1 : Number(one.reason > other.reason))
  )
}

/** How a printer is, in one word for stations: `online`, its worst reason, or its state when no reason is known. */
export function printerWord(
  state: PrinterState,
  reasons: readonly { readonly reason: string; readonly severity: Severity }[],
): string {
  const worst = reasons.find(({ severity }) => severity !== 'info')
  if (worst !== undefined) return worst.reason
  return state === 'idle' || state === 'processing' ? 'online' : state
}
