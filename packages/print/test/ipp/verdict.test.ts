import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeviceJob } from '../../src/ipp/attributes.ts'
import { judge } from '../../src/ipp/verdict.ts'

const DIRECT = { isSpooler: false, canConfirm: true }
const SPOOLER = { isSpooler: true, canConfirm: true }

function job(rest: Partial<DeviceJob>): DeviceJob {
  const base = {
    id: 1,
    name: 'x',
    state: 'completed',
    reasons: [],
    message: '',
    printerReasons: [],
    hasStarted: true,
    documents: 1,
  } as const
  return { ...base, impressions: null, sheets: null, ...rest }
}

describe('what a device job that has ended says about paper', () => {
  it.each([
    ['counted', job({ impressions: 2 }), DIRECT, { kind: 'printed', proof: 'confirmed', sheets: 2 }],
    ['counted by a spooler', job({ impressions: 2 }), SPOOLER, { kind: 'printed', sheets: null }],
    ['counted by one that is not trusted', job({ sheets: 1 }), { ...DIRECT, canConfirm: false }, { proof: 'accepted' }],
    [
      'refused, by its message',
      job({ impressions: 0, message: 'Unable to add document to print job.' }),
      SPOOLER,
      { kind: 'failed', code: 'document_refused' },
    ],
    [
      'refused, by its reason',
      job({ impressions: 0, reasons: ['unsupported-document-format'] }),
      DIRECT,
      { kind: 'failed' },
    ],
    [
      'refused, by a reason that was cut',
      job({ impressions: 0, reasons: ['unsupported-attributes-or-value'] }),
      DIRECT,
      { kind: 'failed' },
    ],
    [
      'refused, by the message of a spooler that counts all the same',
      job({ impressions: 1, message: 'Unable to add document to print job.' }),
      SPOOLER,
      { kind: 'unconfirmed' },
    ],
    [
      'refused, by the reason of a device that counts all the same',
      job({ impressions: 1, reasons: ['document-format-error'] }),
      DIRECT,
      { kind: 'unconfirmed' },
    ],
    [
      'not counted yet by a spooler that lost sight of the device and cannot confirm',
      job({ impressions: 0, printerReasons: ['cups-ipp-missing-job-history'] }),
      { ...SPOOLER, canConfirm: false },
      { kind: 'unconfirmed' },
    ],
    ['nothing counted', job({ impressions: 0 }), DIRECT, { kind: 'unconfirmed' }],
    [
      'nothing counted by a spooler that cannot',
      job({ impressions: 0 }),
      { ...SPOOLER, canConfirm: false },
      { proof: 'accepted' },
    ],
    [
      'counting nothing',
      job({ reasons: ['job-completed-successfully'] }),
      DIRECT,
      { kind: 'printed', proof: 'confirmed' },
    ],
    ['a spooler counting nothing', job({ reasons: ['job-completed-successfully'] }), SPOOLER, { kind: 'unconfirmed' }],
    [
      'counted by a spooler that lost sight of the device',
      job({ impressions: 1, printerReasons: ['cups-ipp-missing-job-history'] }),
      SPOOLER,
      { kind: 'unconfirmed' },
    ],
    ['with errors', job({ impressions: 3, reasons: ['job-completed-with-errors'] }), DIRECT, { kind: 'unconfirmed' }],
    ['aborted before a sheet', job({ state: 'aborted', impressions: 0 }), DIRECT, { kind: 'retry' }],
    ['aborted after a sheet', job({ state: 'aborted', impressions: 1 }), DIRECT, { kind: 'unconfirmed' }],
    ['aborted, uncounted', job({ state: 'aborted' }), DIRECT, { kind: 'unconfirmed' }],
    ['aborted in a spooler', job({ state: 'aborted', impressions: 0 }), SPOOLER, { kind: 'unconfirmed' }],
    [
      'aborted in a spooler before it began',
      job({ state: 'aborted', impressions: 0, hasStarted: false }),
      SPOOLER,
      { kind: 'retry' },
    ],
    [
      'aborted as refused',
      job({ state: 'aborted', impressions: 0, reasons: ['document-format-error'] }),
      SPOOLER,
      { kind: 'failed' },
    ],
    [
      'cancelled',
      job({ state: 'canceled', impressions: 2 }),
      DIRECT,
      { kind: 'cancelled', reason: 'Cancelled after 2 counted sheets.' },
    ],
  ])('%s', (_, seen, witness, expected) => {
    expect(judge(seen, witness)).toMatchObject(expected)
  })

  it('is never confirmed without a count or a plain word of success', () => {
    const state = fc.constantFrom(
      'pending',
      'processing',
      'processing-stopped',
      'canceled',
      'aborted',
      'completed',
      'unknown',
    )
    const word = fc.constantFrom(
      'none',
      'job-completed-successfully',
      'aborted-by-system',
      'document-format-error',
      'odd',
    )
    const count = fc.option(fc.nat(3))
    const jobs = fc.record({
      state,
      reasons: fc.array(word, { maxLength: 3 }),
      impressions: count,
      sheets: count,
      hasStarted: fc.boolean(),
    })
    fc.assert(
      fc.property(jobs, fc.boolean(), fc.boolean(), (seen, isSpooler, canConfirm) => {
        const made = job(seen)
        const outcome = judge(made, { isSpooler, canConfirm })
        if (outcome?.kind === 'printed') {
          expect(made.state).toBe('completed')
          const counted = Math.max(made.impressions ?? 0, made.sheets ?? 0)
          if (outcome.proof === 'confirmed' && counted === 0)
            expect([made.impressions, made.sheets]).toEqual([null, null])
          if (!canConfirm) expect(outcome.proof).toBe('accepted')
        }
        if (outcome?.kind === 'retry') expect(Math.max(made.impressions ?? 0, made.sheets ?? 0)).toBe(0)
      }),
    )
  })
})
