import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isZpl, repeatLabels, splitLabels } from '../src/commands/label-file.ts'
import { idOf, job, json, printer, shop } from './world.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('label files', () => {
  test('are split into their labels, with what belongs to each', () => {
    expect(splitLabels(bytes('~DGR:A.GRF,1,1,FF\n^XA^FDone^XZ\n^xa^FDtwo^xz\n'))).toEqual([
      '~DGR:A.GRF,1,1,FF\n^XA^FDone^XZ',
      '^xa^FDtwo^xz',
    ])
    expect(splitLabels(bytes('hello'))).toEqual(['hello'])
    expect(splitLabels(new Uint8Array([...bytes('^XA^GFB,1,1,1,'), 0xff, ...bytes('^XZ')]))).toBeNull()
  })

  test('lose no label', () => {
    const label = fc.stringMatching(/^[A-Za-z0-9 ]{0,20}$/).map((text) => `^XA^FO1,1^FD${text}^FS^XZ`)
    fc.assert(
      fc.property(fc.array(label, { minLength: 1 }), (labels) => {
        expect(splitLabels(bytes(labels.join('\n')))).toEqual(labels)
      }),
    )
  })

  test('are repeated with a number for each', () => {
    expect(repeatLabels(['a{{n}}', 'b'], 3)).toEqual(['a1', 'b', 'a3'])
    expect(repeatLabels(['a'], 0)).toEqual([])
  })

  test('are known by name or by content', () => {
    expect(isZpl('a.zpl', bytes(''))).toBe(true)
    expect(isZpl('a.txt', bytes('  ^XA^XZ'))).toBe(true)
    expect(isZpl('a.prn', bytes('~DGR:A'))).toBe(true)
    expect(isZpl('a.pdf', bytes('%PDF-1.4'))).toBe(false)
  })
})

describe('print', () => {
  test('sends labels as items', async () => {
    await using it = await shop()
    it.server.on('POST /api/print', (_seen, response) => json(response, { id: idOf(1), is_existing: false }, 201))
    const file = join(it.world.folder, 'box.zpl')
    await writeFile(file, '^XA^FDBox {{n}}^FS^XZ')
    const { code, out } = await it.andon([
      'print',
      file,
      '--printer',
      'Zebra',
      '--items',
      '3',
      '--subject',
      'order=MO-1',
      '--priority',
      'high',
    ])
    expect(code).toBe(0)
    expect(out).toBe(`${idOf(1)}\n`)
    expect(JSON.parse(it.server.seen[0]?.body ?? '')).toEqual({
      type: 'print.label',
      printer: 'Zebra',
      description: 'box.zpl',
      priority: 'high',
      subject: { type: 'order', id: 'MO-1' },
      items: [1, 2, 3].map((n) => ({ zpl: `^XA^FDBox ${n}^FS^XZ` })),
    })
    expect(it.server.seen[0]?.headers['idempotency-key']).toBeDefined()
  })

  test('uploads documents first', async () => {
    await using it = await shop()
    it.server.on('POST /api/documents', (_seen, response) => json(response, { id: idOf(7) }, 201))
    it.server.on('POST /api/print', (_seen, response) => json(response, { id: idOf(1), is_existing: true }, 201))
    const { err } = await it.andon(
      [
        'print',
        '-',
        '--pool',
        'office',
        '--copies',
        '2',
        '--sides',
        'one-sided',
        '--media',
        'a4',
        '--key',
        'k',
        '--hold',
      ],
      {
        stdin: '%PDF-1.7',
      },
    )
    expect(err).toContain('there is a job with this key already')
    expect(it.server.seen[0]?.headers['content-type']).toBe('application/pdf')
    expect(JSON.parse(it.server.seen[1]?.body ?? '')).toEqual({
      pool: 'office',
      copies: 2,
      description: '-',
      options: { media: 'a4', sides: 'one-sided' },
      is_held: true,
      idempotency_key: 'k',
      document_id: idOf(7),
    })
  })

  test('sends labels with binary graphics as they are', async () => {
    await using it = await shop()
    it.server.on('POST /api/documents', (_seen, response) => json(response, { id: idOf(7) }, 201))
    it.server.on('POST /api/print', (_seen, response) => json(response, { id: idOf(1), is_existing: false }, 201))
    const file = join(it.world.folder, 'logo.zpl')
    await writeFile(file, new Uint8Array([...bytes('^XA^GFB,1,1,1,'), 0xff, ...bytes('^XZ')]))
    expect((await it.andon(['print', file, '-p', 'Zebra'])).code).toBe(0)
    expect(it.server.seen[0]?.headers['content-type']).toBe('application/vnd.zebra-zpl')
    expect((await it.andon(['print', file, '-p', 'Zebra', '-n', '2'])).err).toContain('graphics that are not text')
  })

  test('follows the job with its bar', async () => {
    await using it = await shop()
    it.server.on('POST /api/print', (_seen, response) => json(response, { id: idOf(1), is_existing: false }, 201))
    it.server.on(`GET /api/jobs/${idOf(1)}`, (_seen, response) =>
      json(response, job({ id: idOf(1), state: 'completed' })),
    )
    it.server.on('GET /api/printers', (_seen, response) => json(response, { data: [printer()] }))
    const { code, out } = await it.andon(['print', '-', '-p', 'Zebra', '--watch'], { stdin: '^XA^XZ' })
    expect(code).toBe(0)
    expect(out).toContain('✓ completed')
  })

  test('says what is wrong with the line', async () => {
    await using it = await shop()
    const wrong = [
      ['print', 'x.zpl'],
      ['print', 'x.zpl', '--printer', 'a', '--pool', 'b'],
      ['print', 'nowhere.zpl', '--printer', 'a'],
      ['print', '-', '--printer', 'a', '--items', '3'],
      ['print', '-', '--printer', 'a', '--items', 'x'],
      ['print', '-', '--printer', 'a', '--subject', 'x'],
      ['print', '-', '--printer', 'a', '--sides', 'x'],
    ]
    for (const argv of wrong) expect((await it.andon(argv, { stdin: 'plain' })).code, argv.join(' ')).toBe(2)
  })
})
