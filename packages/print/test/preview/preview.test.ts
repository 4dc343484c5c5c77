import { isProblem } from '@andon/core'
import { describe, expect, it } from 'vitest'
import { PictureCache } from '../../src/preview/cache.ts'
import { LabelPreviewer } from '../../src/preview/index.ts'

const PNG = [0x89, 0x50, 0x4e, 0x47]
const TWO_LABELS = Buffer.from('^XA^FO50,50^A0N,50,50^FDOne^FS^XZ^XA^FO50,50^A0N,50,50^FDTwo^FS^XZ')

async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action
  } catch (error) {
    return isProblem(error) ? error.code : String(error)
  }
  return 'none'
}

describe('the preview of labels', () => {
  it('draws each label of a document, and the same picture twice', async () => {
    await using previewer = new LabelPreviewer()
    const first = await previewer.preview({ zpl: TWO_LABELS, page: 0 })
    const second = await previewer.preview({ zpl: TWO_LABELS, page: 1 })
    expect([...first.subarray(0, 4)]).toEqual(PNG)
    expect(Buffer.from(first).equals(second)).toBe(false)
    expect(await previewer.preview({ zpl: TWO_LABELS, page: 0 })).toBe(first)
  })

  it('refuses what is no label, no page of it, or too large', async () => {
    await using previewer = new LabelPreviewer()
    expect(await codeOf(previewer.preview({ zpl: Buffer.from('hello'), page: 0 }))).toBe('invalid_zpl')
    expect(await codeOf(previewer.preview({ zpl: TWO_LABELS, page: 2 }))).toBe('validation_failed')
    expect(await codeOf(previewer.preview({ zpl: TWO_LABELS, page: 0, widthMm: 0 }))).toBe('validation_failed')
    expect(await codeOf(previewer.preview({ zpl: TWO_LABELS, page: 0, dpmm: 7 }))).toBe('validation_failed')
    const large = { widthMm: 500, heightMm: 500, dpmm: 24 }
    expect(await codeOf(previewer.preview({ zpl: TWO_LABELS, page: 0, ...large }))).toBe('validation_failed')
    const fat = Buffer.from(`^XA^FX${'x'.repeat(1024 * 1024)}^XZ`)
    expect(await codeOf(previewer.preview({ zpl: fat, page: 0 }))).toBe('payload_too_large')
  })

  it('ends a renderer that takes too long, and draws again after it', async () => {
    await using hasty = new LabelPreviewer({ timeoutMs: 1 })
    expect(await codeOf(hasty.preview({ zpl: TWO_LABELS, page: 0 }))).toBe('preview_failed')
    await using calm = new LabelPreviewer()
    expect((await calm.preview({ zpl: TWO_LABELS, page: 0 })).length).toBeGreaterThan(100)
  })

  it('refuses more than a moment can draw', async () => {
    await using previewer = new LabelPreviewer({ timeoutMs: 1 })
    const label = (n: number) => Buffer.from(`^XA^FO50,50^A0N,50,50^FD${n}^FS^XZ`)
    const drawn = Array.from({ length: 51 }, (_, n) => codeOf(previewer.preview({ zpl: label(n), page: 0 })))
    expect(await drawn.at(-1)).toBe('overloaded')
    await previewer.close()
    expect(new Set(await Promise.all(drawn))).toEqual(new Set(['preview_failed', 'overloaded']))
  })

  it('says why a label cannot be drawn, and draws the next one', async () => {
    await using previewer = new LabelPreviewer()
    const empty = Buffer.from('^XA^FO10,10^BXN,99,200^FD^FS^XZ')
    await expect(previewer.preview({ zpl: empty, page: 0 })).rejects.toMatchObject({
      code: 'preview_failed',
      detail: expect.stringContaining('empty contents'),
    })
    expect((await previewer.preview({ zpl: TWO_LABELS, page: 0 })).length).toBeGreaterThan(100)
  })

  it('draws the next label after one that broke the renderer from inside', async () => {
    await using previewer = new LabelPreviewer()
    const glyphs = Array.from({ length: 400 }, (_, i) => `^FO0,0^A0N,${1000 + i * 7},${1000 + i * 7}^FDABCDEFGHIJ^FS`)
    const greedy = Buffer.from(`^XA${glyphs.join('')}^XZ`)
    expect(await codeOf(previewer.preview({ zpl: greedy, page: 0 }))).toBe('preview_failed')
    expect((await previewer.preview({ zpl: TWO_LABELS, page: 0 })).length).toBeGreaterThan(100)
  })

  it('says so when the renderer runs out of memory', async () => {
    await using poor = new LabelPreviewer({ maxMemoryMb: 4 })
    expect(await codeOf(poor.preview({ zpl: TWO_LABELS, page: 0 }))).toBe('preview_failed')
  })
})

describe('the cache of pictures', () => {
  it('holds what was asked for last, within its bytes', () => {
    const cache = new PictureCache(10)
    cache.set('a', new Uint8Array(4))
    cache.set('b', new Uint8Array(4))
    cache.get('a')
    cache.set('c', new Uint8Array(4))
    expect([cache.get('a') !== null, cache.get('b') !== null, cache.get('c') !== null]).toEqual([true, false, true])
    cache.set('huge', new Uint8Array(11))
    expect(cache.get('huge')).toBeNull()
    expect(cache.sizeBytes).toBe(8)
  })
})
