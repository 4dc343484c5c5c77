import { pausesQueue } from '@andon/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conditionOf, judgeQzJob, type QzEvent, readQzEvent } from '../../src/qz/events.ts'
import { COMPLETE_WORDS, DOUBTFUL_WORDS, JOB_WORDS, PRINTER_WORDS } from './words.ts'

const SEVERITIES = ['INFO', 'WARN', 'ERROR', 'FATAL'] as const
const CALM = { severity: 'INFO', at: 0 }

type Word = readonly [text: string, code: string | number, ...unknown[]]

function jobEvent([text, code]: Word, { severity, at }: { severity: string; at: number } = CALM): QzEvent {
  return { printer: 'Zebra', job: { id: 7, name: 'label' }, text, code, severity, at }
}

/** A word as somebody might write it: in any case, with dashes for underscores. */
const spelled = (text: string): fc.Arbitrary<string> =>
  fc.constantFrom(text, text.toLowerCase(), text.replaceAll('_', '-').toLowerCase(), ` ${text} `)

/** Any event of a list of words, however severe and whenever it comes. */
const eventOf = (words: readonly Word[]): fc.Arbitrary<QzEvent> =>
  fc
    .tuple(fc.constantFrom(...words), fc.constantFrom(...SEVERITIES), fc.nat(10_000))
    .chain(([[text, code], severity, at]) => spelled(text).map((word) => jobEvent([word, code], { severity, at })))

describe('what the events of a job say', () => {
  it('is never that it was printed without COMPLETE', () => {
    fc.assert(
      fc.property(fc.array(eventOf([...JOB_WORDS, ...DOUBTFUL_WORDS]), { maxLength: 12 }), (events) => {
        expect(judgeQzJob(events).kind).not.toBe('confirmed')
      }),
    )
  })

  it('is never that it was printed for SENT, DELETED, DELETING and ABORTED, under any code of both platforms', () => {
    const words = ['SENT', 'DELETED', 'DELETING', 'ABORTED'] as const
    const codes = [...JOB_WORDS, ...COMPLETE_WORDS, ...DOUBTFUL_WORDS].map(([, code]) => code)
    // Windows says several of its bits at once.
    const code = fc.oneof(fc.constantFrom(...codes), fc.integer({ min: 0, max: 0x7fffffff }))
    const unproven = fc
      .tuple(fc.constantFrom(...words), code, fc.constantFrom(...SEVERITIES), fc.nat(10_000))
      .chain(([text, said, severity, at]) => spelled(text).map((word) => jobEvent([word, said], { severity, at })))
    fc.assert(
      fc.property(fc.array(unproven, { minLength: 1, maxLength: 8 }), (events) => {
        expect(judgeQzJob(events).kind).not.toBe('confirmed')
      }),
    )
    const ended = unproven.filter(({ text }) => !/sent/i.test(text))
    fc.assert(
      fc.property(ended, fc.constantFrom(...COMPLETE_WORDS), (event, complete) => {
        const later = jobEvent(complete, { severity: 'INFO', at: event.at + 51 })
        expect(judgeQzJob([event, later]).kind, 'not by what is said later either').not.toBe('confirmed')
      }),
    )
  })

  it('is not that it was printed for words that nobody knows', () => {
    const word = fc.string({ maxLength: 20 }).filter((text) => text.trim().toLowerCase() !== 'complete')
    fc.assert(
      fc.property(word, fc.oneof(fc.string(), fc.integer()), fc.constantFrom(...SEVERITIES), (text, code, severity) => {
        expect(judgeQzJob([jobEvent([text, code], { severity, at: 0 })]).kind).not.toBe('confirmed')
      }),
    )
  })

  it.each(COMPLETE_WORDS)('is that it was printed for %s %s, in any case', (text, code) => {
    fc.assert(
      fc.property(spelled(text), (word) => {
        expect(judgeQzJob([jobEvent([word, code])])).toEqual({ kind: 'confirmed' })
      }),
    )
  })

  it('stays the same whatever is said after its end', () => {
    const ends = ['DELETED', 'ABORTED', 'CANCELED', 'COMPLETE'].map((text): Word => [text, ''])
    const later = fc.array(eventOf([...JOB_WORDS, ...COMPLETE_WORDS]), { maxLength: 5 })
    fc.assert(
      fc.property(fc.constantFrom(...ends), later, (end, events) => {
        const verdict = judgeQzJob([jobEvent(end)])
        expect(judgeQzJob([jobEvent(end), ...events])).toEqual(verdict)
      }),
    )
  })

  it.each([
    ['DELETED', 0x100, 'gone'],
    ['ABORTED', 'aborted-by-system', 'failed'],
    ['ABORTED', 0x200, 'failed'],
    ['CANCELED', 'job-canceled-by-user', 'cancelled'],
    ['ERROR', 0x2, 'failed'],
    ['COMPLETE', 'job-completed-with-errors', 'gone'],
    ['COMPLETE', 0x1000, 'printing'],
    ['SENT', 0x1000, 'printing'],
    ['RETAINED', 0x2000, 'printing'],
    ['DELETING', 0x4, 'printing'],
    ['OFFLINE', 0x20, 'trouble'],
    ['PAPEROUT', 0x40, 'trouble'],
    ['USER_INTERVENTION', 0x40000000, 'trouble'],
    ['PAUSED', 'job-hold-until-specified', 'trouble'],
    ['media-empty', '', 'trouble'],
  ] as const)('%s %s: %s', (text, code, kind) => {
    const severity = ['OFFLINE', 'ERROR', 'ABORTED'].includes(text) ? 'ERROR' : 'INFO'
    expect(judgeQzJob([jobEvent([text, code], { severity, at: 0 })]).kind).toBe(kind)
  })

  it.each(['ERROR', 'FATAL'])('fails at %s whatever the word, unless a person can mend it', (severity) => {
    const grave = (word: Word): string => judgeQzJob([jobEvent(word, { severity, at: 0 })]).kind
    expect(grave(['WHATEVER', 'strange'])).toBe('failed')
    expect(grave(['PRINTING', 'job-printing'])).toBe('failed')
    expect(grave(['COMPLETE', 'completed'])).toBe('gone')
    expect(grave(['PAPER_JAM', 'media-jam'])).toBe('trouble')
  })

  it('is trouble since it began, until the job goes on', () => {
    const hold: Word = ['PAUSED', 'job-hold-until-specified']
    const events = [0, 30].map((at) => jobEvent(hold, { severity: 'WARN', at }))
    expect(judgeQzJob(events)).toMatchObject({ kind: 'trouble', since: 0, reason: { reason: 'held' } })
    expect(judgeQzJob([...events, jobEvent(['PRINTING', 'job-printing'])])).toEqual({
      kind: 'printing',
      heard: 'running',
    })
  })

  it('is in doubt when it was being deleted, unless Windows says both at once', () => {
    const deleting = jobEvent(['DELETING', 0x4])
    const complete = (at: number): QzEvent => jobEvent(['COMPLETE', 0x80], { severity: 'INFO', at })
    expect(judgeQzJob([deleting, complete(0)]).kind).toBe('confirmed')
    expect(judgeQzJob([deleting, complete(5_000)]).kind).toBe('gone')
  })
})

describe('what the events of a printer say', () => {
  it.each(PRINTER_WORDS)('%s %s: %s, %s', (text, code, state, reason) => {
    const condition = conditionOf([{ ...jobEvent([text, code]), job: null }])
    expect(condition.state).toBe(state)
    const shown = condition.reasons.filter((entry) => entry.reason !== 'processing')
    expect(shown.map((entry) => entry.reason)).toEqual(reason === null ? [] : [reason])
  })

  it('is all that they say together, worst first', () => {
    const words: readonly Word[] = [
      ['TONER_LOW', 'toner-low'],
      ['PAPER_OUT', 'media-empty'],
      ['DOOR_OPEN', 'cover-open'],
    ]
    const { state, reasons } = conditionOf(words.map((word) => ({ ...jobEvent(word), job: null })))
    expect(state).toBe('stopped')
    expect(pausesQueue(reasons)).toBe(true)
    expect(reasons.at(-1)?.reason).toBe('toner-low')
    expect(reasons).toHaveLength(3)
  })

  it('is nothing for an unknown word', () => {
    expect(conditionOf([{ ...jobEvent(['UNKNOWN', 'what']), job: null }]).state).toBe('unknown')
  })
})

describe('an event', () => {
  const event = {
    printerName: 'Zebra',
    eventType: 'JOB',
    statusText: 'SENT',
    statusCode: 4096,
    severity: 'info',
    jobId: 3,
  }

  it('is read with what it lacks left empty', () => {
    const job = { id: 3, name: '' }
    expect(readQzEvent(event, 5)).toEqual({ printer: 'Zebra', job, text: 'SENT', code: 4096, severity: 'INFO', at: 5 })
    const bare = { printerName: 'Zebra', eventType: 'PRINTER', statusText: 'SENT' }
    expect(readQzEvent(bare, 5)).toEqual({ printer: 'Zebra', job: null, text: 'SENT', code: null, severity: '', at: 5 })
  })

  it.each([null, 'x', {}, { ...event, eventType: 'JOB_DATA' }, { ...event, jobId: 'x' }, { ...event, statusText: 1 }])(
    'that is none is left out: %j',
    (value) => {
      expect(readQzEvent(value, 0)).toBeNull()
    },
  )
})

describe('what comes as an event', () => {
  it('may be anything: it is read, or it is none', () => {
    const member = fc.oneof(fc.anything(), fc.constantFrom('JOB', 'PRINTER', 'Zebra', 'COMPLETE', 'ERROR', 7, '7'))
    const names = ['printerName', 'eventType', 'statusText', 'statusCode', 'severity', 'jobId', 'jobName']
    const like = fc.record(Object.fromEntries(names.map((name) => [name, member])), { requiredKeys: [] })
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.anything(), like), { maxLength: 5 }), (values) => {
        const events = values.flatMap((value, at) => readQzEvent(value, at) ?? [])
        judgeQzJob(events)
        conditionOf(events)
        for (const { job, severity } of events) {
          expect(severity).toBe(severity.toUpperCase())
          if (job) expect(Number.isSafeInteger(job.id)).toBe(true)
        }
      }),
    )
  })
})
