import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readJob, readPrinter } from '../../src/ipp/attributes.ts'
import { httpUrl } from '../../src/ipp/client.ts'
import { announcedFormat } from '../../src/ipp/format.ts'
import { checkStructure, IppFormatError } from '../../src/ipp/guard.ts'
import {
  boolean,
  decodeMessage,
  encodeReply,
  encodeRequest,
  integer,
  shorten,
  string,
  strings,
} from '../../src/ipp/message.ts'

const REPLY = encodeReply({
  status: 'successful-ok',
  id: 7,
  message: 'fine',
  jobs: [
    { 'job-id': 4, 'job-name': 'ä', 'job-state': 'processing', 'job-state-reasons': ['job-printing', 'other'] },
    { 'job-id': 5, 'job-state': 'completed' },
  ],
  printers: [
    {
      'printer-state': 'stopped',
      'printer-state-reasons': ['media-empty-error'],
      'media-supported': ['iso_a4_210x297mm'],
    },
  ],
})

function readable(bytes: Buffer): boolean {
  try {
    decodeMessage(bytes)
    return true
  } catch (error) {
    if (error instanceof IppFormatError) return false
    throw error
  }
}

describe('IPP messages', () => {
  it('come back as they were sent', () => {
    const message = decodeMessage(REPLY)
    expect(message).toMatchObject({ status: 'successful-ok', id: 7, version: '2.0' })
    expect(message.jobs.map((job) => integer(job, 'job-id'))).toEqual([4, 5])
    expect(readJob(message.jobs[0] ?? {})).toMatchObject({
      name: 'ä',
      state: 'processing',
      reasons: ['job-printing', 'other'],
    })
    expect(readPrinter(message.printers[0] ?? {}, 'confirmed').status).toMatchObject({
      state: 'stopped',
      reasons: [{ reason: 'media-empty', severity: 'error', raw: 'media-empty-error' }],
    })
  })

  it('carry the document behind the attributes', () => {
    const data = Buffer.from('^XA^XZ')
    const bytes = encodeRequest({ operation: 'Print-Job', operationAttributes: { 'job-name': 'x' }, data }, 9)
    const message = decodeMessage(bytes)
    expect(message.operation).toBe('Print-Job')
    expect(message.data.equals(data)).toBe(true)
    expect(string(message.operationAttributes, 'job-name')).toBe('x')
  })

  it('are refused when they are cut anywhere', () => {
    for (let length = 0; length < REPLY.length; length += 1) expect(readable(REPLY.subarray(0, length))).toBe(false)
  })

  it('are read or refused whatever is wrong with them, and never for ever', () => {
    const change = fc.record({ at: fc.nat(REPLY.length - 1), to: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Buffer.from(REPLY)
        for (const { at, to } of changes) bytes[at] = to
        readable(bytes)
      }),
      { numRuns: 3_000 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readable(Buffer.from(bytes))))
  })

  it.each([
    ['a length that is negative', [1, 0x44, 0xff, 0xf0]],
    ['an attribute outside of a group', [0x44, 0, 1, 0x61, 0, 0]],
    ['the group that is reserved', [0]],
    ['a number of three bytes', [1, 0x21, 0, 1, 0x61, 0, 3, 1, 2, 3, 3]],
    ['an unknown tag with a value', [1, 0x7e, 0, 1, 0x61, 0, 1, 1, 3]],
    ['a collection that is not closed', [1, 0x34, 0, 1, 0x61, 0, 0, 3]],
    ['a collection that is closed twice', [1, 0x37, 0, 0, 0, 0, 3]],
    ['a text with language that is cut', [1, 0x35, 0, 1, 0x61, 0, 4, 0, 9, 0, 0, 3]],
    ['an impossible name', [1, 0x44, 0, 9, ...Buffer.from('__proto__'), 0, 1, 0x61, 3]],
  ])('are refused for %s', (_, tail) => {
    expect(() => checkStructure(Buffer.from([2, 0, 0, 0, 0, 0, 0, 1, ...tail]))).toThrow(IppFormatError)
  })

  it('have texts with a language, read without it', () => {
    expect(strings({ a: 'de\u001eHallo' }, 'a')).toEqual(['Hallo'])
    expect(string({ a: '' }, 'a')).toBeNull()
    expect(boolean({ a: 1 }, 'a')).toBeNull()
    expect(integer({ a: 'x' }, 'a')).toBeNull()
  })

  it.each([
    ['whole', 2, 5, true],
    ['cut', 2, 6, false],
    ['of a language that is longer than any', 256, 5, false],
  ])('have texts with a language, %s', (_which, languageLength, textLength, isReadable) => {
    const value = Buffer.alloc(2 + languageLength + 2 + 5, 'x')
    value.writeUInt16BE(languageLength, 0)
    value.writeUInt16BE(textLength, 2 + languageLength)
    const length = Buffer.alloc(2)
    length.writeUInt16BE(value.length)
    const head = Buffer.from([2, 0, 0, 0, 0, 0, 0, 1, 0x02, 0x36, 0, 8])
    const name = Buffer.from('job-name')
    expect(readable(Buffer.concat([head, name, length, value, Buffer.from([0x03])]))).toBe(isReadable)
  })

  it('have a single number of copies where there is no range', () => {
    const copies = (supported: unknown): number => readPrinter({ 'copies-supported': supported }, 'confirmed').maxCopies
    expect([copies(5), copies([[1, 99]]), copies([1, 99]), copies('many'), copies([1, 'x'])]).toEqual([5, 1, 99, 1, 1])
  })

  it('have names that are cut between characters', () => {
    expect(Buffer.byteLength(shorten('ü'.repeat(200)))).toBeLessThanOrEqual(255)
    expect(shorten('short')).toBe('short')
    expect(shorten('😀'.repeat(200)).isWellFormed()).toBe(true)
  })
})

describe('addresses', () => {
  it.each([
    ['ipp://host/ipp/print', 'http://host:631/ipp/print'],
    ['ipps://host/ipp/print', 'https://host:631/ipp/print'],
    ['ipp://host:8631/p', 'http://host:8631/p'],
    ['ipp://host:80/p', 'http://host/p'],
    ['http://host/p', 'http://host/p'],
  ])('%s is %s', (uri, expected) => {
    expect(httpUrl(uri).href).toBe(expected)
  })
})

describe('supplies', () => {
  it('are read from markers and from printer-supply', () => {
    const markers = { 'marker-names': ['ribbon', 'odd'], 'marker-levels': [7, -3] }
    expect(readPrinter(markers, 'confirmed').status.supplies).toEqual([
      { name: 'ribbon', level: 7 },
      { name: 'odd', level: null },
    ])
    const supply = { 'printer-supply': ['type=toner;maxcapacity=200;level=50;', 'type=waste;level=-2', 'odd'] }
    expect(readPrinter(supply, 'confirmed').status.supplies).toEqual([
      { name: 'toner', level: 25 },
      { name: 'waste', level: null },
      { name: 'supply 3', level: null },
    ])
  })
})

describe('the format that is announced', () => {
  const printer = { formats: ['application/octet-stream', 'application/pdf'], isCups: false, override: '' }
  it('is the real one, but for printer commands through CUPS', () => {
    expect(announcedFormat('application/pdf', printer)).toBe('application/pdf')
    expect(announcedFormat('application/vnd.zebra-zpl', printer)).toBeNull()
    expect(announcedFormat('application/vnd.zebra-zpl', { ...printer, isCups: true })).toBe('application/octet-stream')
    expect(announcedFormat('application/vnd.zebra-zpl', { ...printer, isCups: true, formats: [] })).toBeNull()
    expect(announcedFormat('image/png', { ...printer, formats: [] })).toBe('image/png')
    expect(announcedFormat('image/png', { ...printer, override: 'image/x' })).toBe('image/x')
  })
})
