import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHostStatus, reasonsFromHostStatus } from '../src/host-status.ts'
import {
  normaliseIppReason,
  normaliseIppReasons,
  normaliseQz,
  reasonOf,
  reasonsFromDleEot,
  worstFirst,
  worstReason,
} from '../src/reasons.ts'
import { FINE_WORDS, IPP_WORDS, QZ_WORDS } from '../src/troubleshooting/keywords.ts'
import { isKnownReason, pausesQueue, TROUBLESHOOTING, troubleshoot } from '../src/troubleshooting.ts'

const known = fc.constantFrom(...TROUBLESHOOTING.map(({ reason }) => reason), ...IPP_WORDS.keys())
const suffix = fc.constantFrom('', '-report', '-warning', '-error')

describe('the troubleshooting catalogue', () => {
  test.each(TROUBLESHOOTING)('$reason is complete', (entry) => {
    expect(entry.reason).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(entry.title).toMatch(/^[A-Z].*[^.]$/)
    expect(entry.what).toMatch(/^[A-Z].*\.$/)
    expect(entry.steps.length > 0 || entry.severity === 'info').toBe(true)
    for (const step of entry.steps) expect(step).toMatch(/^[A-Z]/)
    expect(entry.pausesQueue && entry.severity !== 'error').toBe(false)
    expect(FINE_WORDS.has(entry.reason)).toBe(false)
  })

  test('every word of a device means a reason of the catalogue, and no word is a reason itself', () => {
    for (const [word, reason] of IPP_WORDS)
      expect([word, isKnownReason(reason), isKnownReason(word)]).toEqual([word, true, false])
    for (const [word, reason] of QZ_WORDS)
      expect([word, reason === null || isKnownReason(reason)]).toEqual([word, true])
  })

  test('unknown reasons get a generic entry that shows the raw words and pauses nothing', () => {
    expect(troubleshoot('flux-capacitor', 'flux-capacitor-warning')).toMatchObject({
      reason: 'flux-capacitor',
      isKnown: false,
      pausesQueue: false,
      title: expect.stringContaining('flux-capacitor-warning'),
    })
    expect(troubleshoot('x', '').title).toContain('"x"')
    expect(troubleshoot('toString').isKnown).toBe(false)
  })

  test('a queue pauses for trouble that stops printing', () => {
    expect(pausesQueue([reasonOf('media-low'), reasonOf('media-jam')])).toBe(true)
    expect(pausesQueue([reasonOf('media-low'), reasonOf('flux-capacitor')])).toBe(false)
    expect(pausesQueue([])).toBe(false)
  })
})

describe('normaliseIppReason', () => {
  test.each([
    ['none', null],
    ['none-report', null],
    ['', null],
    ['media-jam-error', { reason: 'media-jam', severity: 'error', raw: 'media-jam-error' }],
    ['media-jam-warning', { reason: 'media-jam', severity: 'error', raw: 'media-jam-warning' }],
    ['media-low-report', { reason: 'media-low', severity: 'info', raw: 'media-low-report' }],
    ['media-low', { reason: 'media-low', severity: 'warning', raw: 'media-low' }],
    ['media-empty-report', { reason: 'media-empty', severity: 'error', raw: 'media-empty-report' }],
    ['offline-report', { reason: 'offline', severity: 'error', raw: 'offline-report' }],
    ['Door-Open', { reason: 'cover-open', severity: 'error', raw: 'Door-Open' }],
    ['cups-waiting-for-job-completed', { reason: 'processing', severity: 'info' }],
    ['document-format-error', { reason: 'document-refused', severity: 'error' }],
    ['marker-waste-almost-full-report', { reason: 'marker-waste-almost-full', severity: 'info' }],
    ['input-media-supply-empty-warnin', { reason: 'media-empty', severity: 'error' }],
    ['interpreter-resource-unavailabl', { reason: 'memory-full', severity: 'error' }],
    ['marker-waste-toner-receptacle-a', { reason: 'marker-waste-almost-full', severity: 'warning' }],
    ['vendor-flux-capacitor', { reason: 'vendor-flux-capacitor', severity: 'error' }],
    ['vendor-flux-capacitor-report', { reason: 'vendor-flux-capacitor', severity: 'info' }],
    ['vendor-flux-capacitor-longe-war', { reason: 'vendor-flux-capacitor-longe', severity: 'warning' }],
    ['error', { reason: 'error', severity: 'error' }],
  ])('%s', (keyword, reason) => {
    const found = normaliseIppReason(keyword)
    if (reason === null) expect(found).toBeNull()
    else expect(found).toMatchObject(reason)
  })

  test('every known keyword keeps its meaning with each suffix, whole or cut to 31 characters', () => {
    fc.assert(
      fc.property(known, suffix, (word, suffix) => {
        const whole = normaliseIppReason(word + suffix)?.reason
        expect(whole).toBe(IPP_WORDS.get(word) ?? word)
        const cut = (word + suffix).slice(0, 31)
        const reason = normaliseIppReason(cut)?.reason ?? ''
        // Two keywords that differ only after the cut cannot be told apart.
        const rivals = [...IPP_WORDS.keys()].filter((other) => other.startsWith(cut.slice(0, 27)))
        expect(rivals.length > 1 || reason === whole).toBe(true)
        expect(isKnownReason(reason)).toBe(true)
      }),
    )
  })

  test('takes anything that a device says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (keyword) => {
        const reason = normaliseIppReason(keyword)
        if (reason !== null) expect(keyword).toContain(reason.raw)
      }),
    )
  })
})

describe('normaliseQz', () => {
  test.each([
    ['OK', 'idle', null],
    ['PRINTING', 'job-printing', { reason: 'processing', severity: 'info' }],
    ['PROCESSING', 0x4000, null],
    ['PAPER_OUT', 'media-needed', { reason: 'media-needed', severity: 'error', raw: 'PAPER_OUT media-needed' }],
    ['PAPER_OUT', 16, { reason: 'media-empty', severity: 'error', raw: 'PAPER_OUT 16' }],
    ['PAPEROUT', 64, { reason: 'media-empty' }],
    ['DOOR_OPEN', 'cover-open', { reason: 'cover-open' }],
    ['TONER_LOW', 'toner-low', { reason: 'toner-low', severity: 'warning' }],
    ['ERROR', 'vendor-thing', { reason: 'device-error', raw: 'ERROR vendor-thing' }],
    ['DELETED', 256, { reason: 'job-cancelled' }],
    ['ABORTED', 'aborted-by-system', { reason: 'job-aborted' }],
    ['COMPLETE', 'job-completed-successfully', null],
    ['SENT', undefined, null],
    ['media-empty', undefined, { reason: 'media-empty', raw: 'media-empty' }],
    ['online', null, null],
  ])('%s %s', (text, code, reason) => {
    const found = normaliseQz(text, code)
    if (reason === null) expect(found).toBeNull()
    else expect(found).toMatchObject(reason)
  })

  test.each([
    ['INFO', 'info'],
    ['WARN', 'warning'],
    ['FATAL', 'error'],
    [undefined, 'error'],
  ])('an unknown word has the severity of its event: %s', (level, severity) => {
    expect(normaliseQz('FLUX_LOW', 1, level)).toEqual({ reason: 'flux-low', severity, raw: 'FLUX_LOW 1' })
  })
})

describe('reasonsFromDleEot', () => {
  const reasons = (...bytes: (number | null)[]) => reasonsFromDleEot(bytes).map(({ reason }) => reason)

  test.each([
    [[0x12, 0x12, 0x12, 0x12], []],
    [[], []],
    [[0x1a, 0x16, 0x12, 0x12], ['cover-open']],
    [[0x1a, 0x32, 0x12, 0x72], ['media-empty']],
    [[0x12, 0x12, 0x12, 0x1e], ['media-low']],
    [[0x1a, 0x52, 0x1a, 0x12], ['cutter-jam']],
    [[0x1a, 0x52, 0x32, 0x12], ['device-error']],
    [[0x1a, 0x52, 0x52, 0x12], ['recoverable-error']],
    [[0x1a, 0x52, null, null], ['needs-attention']],
    [[0x1a, 0x12, 0x12, 0x12], ['offline']],
    [[0xff, 0x00, 0x93, 0x48], []],
  ])('%j', (bytes, expected) => {
    expect(reasons(...bytes)).toEqual(expected)
  })
})

describe('~HS', () => {
  const answer = (first: string, second: string) =>
    `\u0002${first}\u0003\r\n\u0002${second}\u0003\r\n\u00021234,0\u0003\r\n`
  const well = answer('030,0,0,1245,000,0,0,0,000,0,0,0', '001,0,0,0,1,2,6,0,00000007,1,000')

  test('reads a healthy printer', () => {
    const status = parseHostStatus(`noise${well}`)
    expect(status).toMatchObject({ labelsRemaining: 7, formatsInBuffer: 0, isPaused: false })
    expect(status && reasonsFromHostStatus(status)).toEqual([])
  })

  test('names everything that is missing, worst first', () => {
    const status = parseHostStatus(answer('030,1,1,1245,002,1,0,1,000,1,1,1', '001,0,1,1,1,2,6,1,00000000,1,000'))
    expect(status && reasonsFromHostStatus(status).map(({ reason }) => reason)).toEqual([
      'media-empty',
      'label-waiting',
      'cover-open',
      'ribbon-empty',
      'overheated',
      'paused',
      'configuration-lost',
      'too-cold',
      'partial-format',
      'buffer-full',
    ])
  })

  test('an incomplete answer is none', () => {
    for (let length = 0; length < well.length - 2; length += 1)
      expect(parseHostStatus(well.slice(0, length))).toBeNull()
    expect(parseHostStatus(answer('a,b', 'c'))).toBeNull()
    expect(parseHostStatus(answer('030,x,0,1245,000,0,0,0,000,0,0,0', '001,0,0,0,1,2,6,0,0,1,000'))).toBeNull()
  })

  test('takes anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseHostStatus(text)).toBeNull()
      }),
    )
  })
})

describe('ordering', () => {
  const reason = fc.oneof(
    fc.constant(null),
    fc.tuple(known, suffix).map(([word, end]) => normaliseIppReason(word + end)),
    fc.string().map(normaliseIppReason),
  )

  test('does not depend on the order in which a device names its reasons, and keeps each once', () => {
    fc.assert(
      fc.property(fc.array(reason), (reasons) => {
        const sorted = worstFirst(reasons).map(({ reason, severity }) => ({ reason, severity }))
        expect(worstFirst(reasons.toReversed()).map(({ reason, severity }) => ({ reason, severity }))).toEqual(sorted)
        expect(new Set(sorted.map(({ reason }) => reason)).size).toBe(sorted.length)
      }),
    )
  })

  test('errors come before warnings before information', () => {
    expect(
      normaliseIppReasons(['toner-low-report', 'media-low', 'media-jam-warning', 'zzz', 'aaa', 'none']).map(
        ({ reason }) => reason,
      ),
    ).toEqual(['media-jam', 'aaa', 'zzz', 'media-low', 'toner-low'])
  })

  test('the worst one is shown where there is room for one', () => {
    expect(worstReason([])).toBeNull()
    expect(worstReason([reasonOf('processing')])).toBeNull()
    expect(worstReason([reasonOf('media-low'), reasonOf('offline')])?.reason).toBe('offline')
  })
})
