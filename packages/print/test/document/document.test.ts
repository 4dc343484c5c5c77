import { isProblem } from '@andon/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkDocument } from '../../src/document/check.ts'
import { formatOf } from '../../src/document/formats.ts'
import { countSheets } from '../../src/document/sheets.ts'
import { escapeZpl, mergeZpl, templateFields } from '../../src/document/template.ts'
import { countZplLabels, splitZpl } from '../../src/document/zpl.ts'

const ZPL = 'application/vnd.zebra-zpl'

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    return isProblem(error) ? error.code : String(error)
  }
  return 'none'
}

function png(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(33)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(bytes)
  bytes.write('IHDR', 12, 'latin1')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes
}

function jpeg(width: number, height: number): Buffer {
  const app0 = [0xff, 0xe0, 0x00, 0x04, 0x00, 0x00]
  const frame = [0xff, 0xc0, 0x00, 0x11, 0x08, height >> 8, height & 255, width >> 8, width & 255, 3]
  return Buffer.from([0xff, 0xd8, ...app0, ...frame])
}

describe('checking a document', () => {
  it.each([
    ['hello', 'The label has no ^XA.'],
    ['^XA^FDx^FS', 'The label has no ^XZ.'],
    ['^XZ^XA', '^XA and ^XZ do not alternate.'],
  ])('refuses %s as ZPL', (text, detail) => {
    expect(() => checkDocument(Buffer.from(text), ZPL, '/items/3/zpl')).toThrow(
      expect.objectContaining({ code: 'invalid_zpl', field: '/items/3/zpl', detail }),
    )
  })

  it('counts labels, pages and pixels', () => {
    expect(checkDocument(Buffer.from('^XA^PQ3^XZ^xa^xz'), 'text/zpl; charset=utf-8')).toMatchObject({
      format: ZPL,
      pages: 4,
    })
    const pdf =
      '%PDF-1.4\n1 0 obj<</Type /Pages>>endobj 2 0 obj<</Type /Page>>endobj 3 0 obj<</Type/Page>>endobj\n%%EOF'
    expect(checkDocument(Buffer.from(pdf), 'application/pdf').pages).toBe(2)
    expect(checkDocument(Buffer.from('%PDF-1.7 x %%EOF'), 'application/pdf').pages).toBeNull()
    expect(checkDocument(png(20, 10), 'image/png').pixels).toEqual({ width: 20, height: 10 })
    expect(checkDocument(jpeg(300, 200), 'image/jpg').pixels).toEqual({ width: 300, height: 200 })
    const filled = Buffer.concat([jpeg(300, 200).subarray(0, 2), Buffer.from([0xff, 0xff]), jpeg(300, 200).subarray(2)])
    expect(checkDocument(filled, 'image/jpeg').pixels, 'with fill bytes').toEqual({ width: 300, height: 200 })
    expect(checkDocument(Buffer.from('Grüße'), 'text/plain')).toMatchObject({ format: 'text/plain', pages: null })
    expect(checkDocument(Buffer.from([0x1b, 0x40]), 'application/vnd.escpos').format).toBe('application/vnd.escpos')
  })

  it.each([
    ['application/pdf', Buffer.from('no pdf'), 'invalid_pdf'],
    ['application/pdf', Buffer.from('%PDF-1.4 cut'), 'invalid_pdf'],
    ['image/png', Buffer.from('no image'), 'unsupported_format'],
    ['image/png', png(0, 10), 'validation_failed'],
    ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff]), 'unsupported_format'],
    ['image/jpeg', jpeg(30_000, 200), 'validation_failed'],
    ['text/plain', Buffer.from([0xff, 0xfe]), 'invalid_unicode'],
    ['text/plain', Buffer.from('a\u0000b'), 'nul_character'],
    ['text/plain', Buffer.alloc(0), 'validation_failed'],
    ['application/msword', Buffer.from('x'), 'unsupported_format'],
  ])('refuses a wrong %s', (type, bytes, code) => {
    expect(codeOf(() => checkDocument(bytes, type))).toBe(code)
  })

  it('never fails but with a refusal, whatever the bytes', () => {
    const types = fc.constantFrom(ZPL, 'application/pdf', 'image/png', 'image/jpeg', 'text/plain', 'x/y')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), types, (bytes, type) => {
        const data = type === 'image/jpeg' ? Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), bytes]) : bytes
        expect(codeOf(() => checkDocument(data, type))).toMatch(/^[a-z_]+$/)
      }),
    )
  })

  it('knows formats by their usual names', () => {
    expect(formatOf('Application/ZPL')).toBe(ZPL)
    expect(formatOf('constructor')).toBeNull()
  })

  it('counts the sheets that a device makes', () => {
    expect(countSheets(Buffer.from('^XA^PQ2^XZ'), ZPL)).toBe(2)
    expect(countSheets(Buffer.from('nothing'), ZPL)).toBe(1)
    expect(countSheets(Buffer.from('/Type /Page /Type /Page'), 'application/pdf')).toBe(2)
    expect(countSheets(Buffer.from('x'), 'text/plain')).toBe(1)
  })
})

describe('splitting ZPL', () => {
  it('keeps what belongs to a label with it', () => {
    const labels = splitZpl(Buffer.from('~DGR:A,1,1,FF\n^XA^FDone^FS^XZ\n^XA^FDtwo^FS^PQ5^XZ trailing'))
    expect(labels?.map(({ data, quantity }) => [data.toString(), quantity])).toEqual([
      ['~DGR:A,1,1,FF\n^XA^FDone^FS^XZ', 1],
      ['\n^XA^FDtwo^FS^PQ5^XZ', 5],
    ])
  })

  it('does not look for commands inside of binary graphics', () => {
    const graphic = Buffer.concat([Buffer.from('^XA^GFB,3,3,1,'), Buffer.from('^XZ'), Buffer.from('^FS^XZ')])
    expect(splitZpl(graphic)?.map(({ data }) => data.toString())).toEqual([graphic.toString()])
    expect(countZplLabels(Buffer.from('^XA^GFB,no^XZ'))).toBe(1)
    expect(countZplLabels(Buffer.from('^XA^GFB,999,1,1,^XZ'))).toBeNull()
  })

  it('puts together to what it was made from', () => {
    const label = fc
      .string({ unit: fc.constantFrom('a', ' ', '\n', '~', 'ü'), maxLength: 9 })
      .map((text) => `^XA${text}^XZ`)
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), (parts) => {
        const whole = Buffer.from(parts.join(''))
        const labels = splitZpl(whole) ?? []
        expect(labels).toHaveLength(parts.length)
        expect(Buffer.concat(labels.map(({ data }) => data)).equals(whole)).toBe(true)
      }),
    )
  })
})

describe('filling a label template', () => {
  it('escapes what would be a command', () => {
    expect(mergeZpl('^XA^FO1,1^FD{{name}}^FS^XZ', { name: '^XZ~JA_\n' })).toBe('^XA^FO1,1^FH_^FD_5EXZ_7EJA_5F_0A^FS^XZ')
  })

  it('uses the mark that the field has, and leaves other fields alone', () => {
    const template = '^FO1,1^FH\\^A0N,9,9^FDa\\5F{{x}}^FS^FDplain_text^FS^FDb_{{x}}^FS'
    expect(mergeZpl(template, { x: 'ü^' })).toBe(
      '^FO1,1^FH\\^A0N,9,9^FDa\\5F\\C3\\BC\\5E^FS^FDplain_text^FS^FH_^FDb_5F_C3_BC_5E^FS',
    )
  })

  it('takes only simple values outside of fields', () => {
    expect(mergeZpl('^PQ{{ n }}^FD{{n}}^FS', { n: 5 })).toBe('^PQ5^FH_^FD5^FS')
    expect(codeOf(() => mergeZpl('^PQ{{n}}', { n: '5^XZ' }))).toBe('validation_failed')
  })

  it('names the field that is missing or too long', () => {
    expect(() => mergeZpl('^FD{{lot}}^FS', {})).toThrow(expect.objectContaining({ field: '/data/lot' }))
    expect(codeOf(() => mergeZpl('^FD{{constructor}}^FS', {}))).toBe('validation_failed')
    expect(codeOf(() => mergeZpl('^FD{{a}}^FS', { a: 'x'.repeat(4_001) }))).toBe('validation_failed')
    expect(mergeZpl('^FD{{a}}^FS', { a: null })).toBe('^FH_^FD^FS')
    expect(mergeZpl('^FH^FD{{a}}^FS', { a: '^' }), 'with the usual mark').toBe('^FH^FD_5E^FS')
    expect(templateFields('{{a}} {{ b }} {{a}}')).toEqual(['a', 'b'])
  })

  it('lets no value become a command', () => {
    const template = '^XA^FO1,1^FH\\^FD{{v}}^FS^FO2,2^FD{{v}}^FS^XZ'
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (v) => {
        const label = mergeZpl(template, { v })
        expect(label.match(/[\^~]/g)).toHaveLength(10)
        expect(countZplLabels(Buffer.from(label))).toBe(1)
      }),
    )
  })

  it('can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
        const bytes = escapeZpl(text).replace(/_([0-9A-F]{2})/g, (_, hex: string) =>
          String.fromCharCode(parseInt(hex, 16)),
        )
        expect(Buffer.from(bytes, 'latin1').toString('utf8')).toBe(text)
      }),
    )
  })
})
