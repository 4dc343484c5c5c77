import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { codeOf, messageOf } from '@andon/core'

/** Read from the start of a backup: what it is of, and what it holds. */
export interface BackupHeader {
  createdAt: string
  format: 'andon-backup'
  /** Of this file's layout, not of the database. */
  formatVersion: number
  /** Every migration of the database that was backed up; a restore wants exactly the same ones. */
  migrations: readonly { checksum: string; version: number }[]
  /** Of the server that wrote it, `18.4`; any other can read it. */
  postgresVersion: string
  /** In an order in which foreign keys hold. */
  tables: readonly BackupTable[]
}

/** One table of a backup. */
export interface BackupTable {
  /** Without generated columns. */
  columns: readonly string[]
  /** Set when the table is a partition that was taken out: the partitioned table whose shape it has. */
  like: TableName | null
  name: string
  /** Partitions to make before the rows come; empty for a plain table. */
  partitions: readonly BackupPartition[]
  schema: string
}

export interface TableName {
  name: string
  schema: string
}

export interface BackupPartition extends TableName {
  /** As PostgreSQL writes it: `FOR VALUES FROM (…) TO (…)` or `DEFAULT`. */
  bound: string
}

export interface BackupSequence extends TableName {
  isCalled: boolean
  /** A decimal number; sequences pass 2^53. */
  lastValue: string
}

/** What one table came to. */
export interface TableSum {
  bytes: number
  rows: number
  /** Of the table's rows in COPY's text form. */
  sha256: string
}

/** Stands at the end of a backup; a file without it was cut short. */
export interface BackupManifest {
  header: BackupHeader
  sequences: readonly BackupSequence[]
  /** In the order of the header's tables. */
  tables: readonly TableSum[]
}

/** A piece of a backup, in the order in which a file holds them: header, tables, end. */
export type BackupFrame =
  | { header: BackupHeader; kind: 'header' }
  | { data: Buffer; kind: 'data' }
  | { kind: 'table'; table: TableName }
  | { kind: 'table-end'; sum: TableSum }
  | { kind: 'end'; sequences: readonly BackupSequence[] }

export type BackupErrorCode = 'backup_corrupt' | 'backup_version' | 'database_not_empty' | 'restore_failed'

/** A backup that cannot be read, or does not fit the database. Nothing was changed. */
export class BackupError extends Error {
  readonly code: BackupErrorCode

  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BackupError'
    this.code = code
  }
}

export const BACKUP_FORMAT_VERSION = 1

/** Longer frames are not written, so a longer one is damage. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024
const PREFIX_BYTES = 5
const DATA = 0x44
const JSON_FRAME = 0x4a

/** One frame as bytes: a kind, a length, the content. */
export function encodeFrame(frame: BackupFrame): Buffer {
  const content = frame.kind === 'data' ? frame.data : Buffer.from(JSON.stringify(frame))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt8(frame.kind === 'data' ? DATA : JSON_FRAME, 0)
  prefix.writeUInt32BE(content.length, 1)
  return Buffer.concat([prefix, content])
}

/** Reads a backup piece by piece, never more than one in memory. Throws BackupError `backup_corrupt`. */
export async function* readFrames(path: string): AsyncGenerator<BackupFrame> {
  const file = createReadStream(path)
  const unpacked = createGunzip({ chunkSize: 256 * 1024 })
  pipeline(file, unpacked, () => {})
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      for (;;) {
        const length = frameLength(rest)
        if (length === null || rest.length < length) break
        yield decodeFrame(rest.subarray(0, length))
        rest = rest.subarray(length)
      }
    }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') throw cause
    throw corrupt(path, cause)
  } finally {
    file.destroy()
  }
  if (rest.length > 0) throw corrupt(path, 'it ends in the middle of a table')
}

/**
 * Reads a whole backup and checks every sum in it, without a database. Throws BackupError `backup_corrupt`, or
 * `backup_version` for a file of a later layout.
 */
export async function verifyBackup(path: string): Promise<BackupManifest> {
  let header: BackupHeader | undefined
  let sequences: readonly BackupSequence[] | undefined
  let counter = new TableCounter()
  const sums: TableSum[] = []
  for await (const frame of readFrames(path)) {
    if (frame.kind === 'header') header = checkHeader(path, frame.header)
    if (frame.kind === 'table') counter = new TableCounter()
    if (frame.kind === 'data') counter.add(frame.data)
    if (frame.kind === 'table-end') {
      const sum = counter.sum()
      if (sum.sha256 !== frame.sum.sha256 || sum.rows !== frame.sum.rows) {
        throw corrupt(path, `the rows of ${header?.tables[sums.length]?.name} are not those that were written`)
      }
      sums.push(sum)
    }
    if (frame.kind === 'end') sequences = frame.sequences
  }
  if (!header || !sequences || sums.length !== header.tables.length) throw corrupt(path, 'its end is missing')
  return { header, sequences, tables: sums }
}

/** Sums up a table's rows as they pass. */
export class TableCounter {
  #bytes = 0
  readonly #hash = createHash('sha256')
  #rows = 0

  add(data: Buffer): void {
    this.#bytes += data.length
    this.#hash.update(data)
    // COPY's text form ends every row with a newline and writes those inside values as \n.
    for (let at = data.indexOf(0x0a); at !== -1; at = data.indexOf(0x0a, at + 1)) this.#rows++
  }

  /** Only once, at the table's end. */
  sum(): TableSum {
    return { bytes: this.#bytes, rows: this.#rows, sha256: this.#hash.digest('hex') }
  }
}

function frameLength(bytes: Buffer): number | null {
  if (bytes.length < PREFIX_BYTES) return null
  const length = bytes.readUInt32BE(1)
  if (length > MAX_FRAME_BYTES) throw new Error('a piece of impossible length')
  return PREFIX_BYTES + length
}

function decodeFrame(bytes: Buffer): BackupFrame {
  const content = bytes.subarray(PREFIX_BYTES)
  if (bytes[0] === DATA) return { data: content, kind: 'data' }
  return JSON.parse(content.toString('utf8')) as BackupFrame
}

function checkHeader(path: string, header: BackupHeader): BackupHeader {
  if (header.format !== 'andon-backup') throw corrupt(path, 'it is no backup of Andon')
  if (header.formatVersion !== BACKUP_FORMAT_VERSION) {
    throw new BackupError(
      'backup_version',
      `The backup ${path} has layout ${header.formatVersion}, and this Andon reads layout ${BACKUP_FORMAT_VERSION}.`,
    )
  }
  return header
}

function corrupt(path: string, cause: unknown): BackupError {
  const why = messageOf(cause)
  return new BackupError('backup_corrupt', `The backup ${path} is damaged: ${why}.`, { cause })
}
