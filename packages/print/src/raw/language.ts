import { parseHostStatus, reasonsFromDleEot, reasonsFromHostStatus, type StateReason } from '@andon/core'
import { DOCUMENT_FORMATS } from '../document/formats.ts'
import type { RawConnection } from './connection.ts'

/** What a device answered about itself. */
export interface RawAnswer {
  readonly reasons: readonly StateReason[]
  /** Nothing of what was sent is still to be printed. */
  readonly isIdle: boolean
  /** Labels still to be printed; null when the device does not count them. */
  readonly remaining: number | null
}

/** What differs between the languages of raw devices. */
export interface RawLanguage {
  readonly formats: readonly string[]
  /** Sent after a document, so that its end can be noticed; empty when the status tells it. */
  readonly trailer: Uint8Array
  /** How often in a row the device must be idle before that is believed. */
  readonly idleAnswers: number
  /** Asks the device; null when it is silent. `awaitsTrailer`: a document with its trailer was sent on this connection. */
  ask(connection: RawConnection, options: { timeoutMs: number; awaitsTrailer: boolean }): Promise<RawAnswer | null>
  /** Makes the device forget what it has not printed. */
  readonly cancel: Uint8Array
}

/** ZPL: `~HS` is answered out of turn and counts what is left (ZPL II Programming Guide). */
const ZPL: RawLanguage = {
  formats: [DOCUMENT_FORMATS.zpl],
  trailer: new Uint8Array(),
  // Between the last format leaving the buffer and its label being counted, one answer may say that nothing is left.
  idleAnswers: 2,
  cancel: Buffer.from('~JA'),
  async ask(connection, { timeoutMs }) {
    const status = await connection.ask(Buffer.from('~HS\r\n'), lastHostStatus, timeoutMs)
    if (status === null) return null
    const remaining = status.formatsInBuffer + status.labelsRemaining
    return {
      reasons: reasonsFromHostStatus(status),
      isIdle: remaining === 0 && !status.isPartialFormat,
      remaining,
    }
  },
}

const ESC_POS_QUESTIONS = [1, 2, 3, 4] as const

/** ESC/POS: `DLE EOT` is answered at once, `GS r` when all before it was printed (Epson ESC/POS reference). */
const ESC_POS: RawLanguage = {
  formats: [DOCUMENT_FORMATS.escpos, DOCUMENT_FORMATS.text],
  trailer: Buffer.from([0x1d, 0x72, 0x01]),
  idleAnswers: 1,
  cancel: Buffer.from([0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08]),
  async ask(connection, { timeoutMs, awaitsTrailer }) {
    let hasTrailer = !awaitsTrailer || hasPaperStatus(connection.received)
    const bytes: (number | null)[] = []
    for (const which of ESC_POS_QUESTIONS) {
      const byte = await connection.ask(Buffer.from([0x10, 0x04, which]), realTimeByte, timeoutMs)
      hasTrailer ||= hasPaperStatus(connection.received)
      bytes.push(byte)
      if (byte === null) break
    }
    if (bytes.every((byte) => byte === null)) return null
    return { reasons: reasonsFromDleEot(bytes), isIdle: hasTrailer, remaining: null }
  },
}

export const RAW_LANGUAGES: Readonly<Record<'zpl' | 'escpos', RawLanguage>> = { zpl: ZPL, escpos: ESC_POS }

/** Answers to earlier questions may arrive late: only the newest whole one counts. */
function lastHostStatus(received: string): ReturnType<typeof parseHostStatus> {
  const lines = received.split('\u0002').slice(1)
  const whole = Math.floor(lines.filter((line) => line.includes('\u0003')).length / 3) * 3
  if (whole < 3) return null
  const newest = lines.slice(whole - 3, whole)
  return parseHostStatus(`\u0002${newest.join('\u0002')}`)
}

/** Bits 1 and 4 are set and 0 and 7 are not in every answer to DLE EOT. */
function realTimeByte(received: string): number | null {
  const found = [...Buffer.from(received, 'latin1')].filter((byte) => (byte & 0x93) === 0x12)
  return found.at(-1) ?? null
}

/** Bits 4 and 7 are not set in the answer to GS r, by which it is told from the others. */
function hasPaperStatus(received: string): boolean {
  return Buffer.from(received, 'latin1').some((byte) => (byte & 0x90) === 0)
}
