import { describe, expect, it } from 'vitest'
import { QzCallError } from '../../src/qz/client.ts'
import { readQzEvent, type QzEvent } from '../../src/qz/events.ts'
import { qzJobId, qzRef } from '../../src/qz/follow.ts'
import { judgeTogether, matchJobs } from '../../src/qz/match.ts'
import { callOutcome } from '../../src/qz/outcome.ts'
import { type QzJob, QzQueue } from '../../src/qz/queue.ts'

const ITEM = 'andon:01a21ae5-6278-7582-9dbf-83a4edd1a2b7:1:12:and:a:name:that:queues:cut'

function jobEvent(id: number, text: string, name = ITEM): QzEvent {
  const said = { printerName: 'Zebra', eventType: 'JOB', statusText: text, jobId: id, jobName: name }
  const event = readQzEvent(said, 0)
  if (event === null) throw new Error('no event')
  return event
}

function jobOf(id: number, name: string, ...texts: string[]): QzJob {
  return { id, name, events: texts.map((text) => jobEvent(id, text, name)) }
}

describe('which new job is ours', () => {
  const found = (names: readonly string[], expected = { name: ITEM, isRaw: true }) => {
    const { jobs, isSure } = matchJobs(
      names.map((name, id) => jobOf(id, name)),
      expected,
    )
    return [jobs.map(({ name }) => name), isSure]
  }

  it.each([
    ['the one with our name', [ITEM, 'Letter'], [ITEM]],
    ['each part of ours', ['Letter', `${ITEM}-1`, `${ITEM}-2`], [`${ITEM}-1`, `${ITEM}-2`]],
    ['the one whose name was cut by the queue', [ITEM.slice(0, 63), 'Letter'], [ITEM.slice(0, 63)]],
  ])('is %s, surely', (_which, names, ours) => {
    expect(found(names)).toEqual([ours, true])
  })

  it('is anyone that is new while none has our name, and then nobody is sure', () => {
    expect(found(['Letter', 'Invoice'])).toEqual([['Letter', 'Invoice'], false])
    expect(found([ITEM.slice(0, 20)]), 'cut so short it may be another item').toEqual([[], false])
    expect(found([])).toEqual([[], false])
  })

  it('is never another item of Andon', () => {
    expect(found(['andon:01a21ae5-6278-7582-9dbf-83a4edd1a2b7:1:13', 'Letter'])).toEqual([['Letter'], false])
    expect(found(['andon:another:1:0'])).toEqual([[], false])
  })

  it('is the one with the name that Java gives to what is drawn', () => {
    const drawn = { name: ITEM, isRaw: false }
    expect(found(['Letter', 'Java Printing'], drawn)).toEqual([['Java Printing'], true])
    expect(found(['Letter', 'Java Printing'])).toEqual([['Letter', 'Java Printing'], false])
  })
})

describe('what several jobs say together of which one is ours', () => {
  const judged = (...ends: string[]) => judgeTogether(ends.map((text, id) => jobOf(id, 'Letter', text))).kind

  it.each([
    [[], 'printing'],
    [['COMPLETE'], 'confirmed'],
    [['COMPLETE', 'COMPLETE'], 'confirmed'],
    [['COMPLETE', 'PRINTING'], 'printing'],
    [['COMPLETE', 'PAPEROUT', 'PRINTING'], 'trouble'],
    [['COMPLETE', 'CANCELED'], 'gone'],
    [['ABORTED', 'DELETED'], 'gone'],
  ] as const)('%j: %s', (ends, kind) => {
    expect(judged(...ends)).toBe(kind)
  })
})

describe('what is kept of a printer', () => {
  it('is not without end: the oldest jobs and words go first', () => {
    const queue = new QzQueue('Zebra')
    for (let id = 1; id <= 501; id += 1) queue.note(jobEvent(id, 'SPOOLING'))
    expect(queue.jobs).toHaveLength(500)
    expect(queue.job(1)).toBeNull()
    expect(queue.job(501)?.name).toBe(ITEM)
    for (let said = 0; said < 300; said += 1) queue.note(jobEvent(501, 'PRINTING'))
    queue.note(jobEvent(501, 'COMPLETE'))
    expect(queue.job(501)?.events).toHaveLength(200)
    expect(queue.job(501)?.events.at(-1)?.text).toBe('COMPLETE')
  })

  it('is nothing more of a job that has ended', () => {
    const queue = new QzQueue('Zebra')
    for (const text of ['PRINTING', 'DELETED', 'COMPLETE']) queue.note(jobEvent(7, text))
    expect(queue.job(7)?.events.map(({ text }) => text)).toEqual(['PRINTING', 'DELETED'])
  })

  it('has no state where an answer says nothing, and wakes who waits for one', async () => {
    const queue = new QzQueue('Zebra')
    const { version } = queue
    const heard = queue.changed(version, 60_000)
    expect(queue.endAnswer()).toBe(false)
    await heard
    expect(queue.condition).toBeNull()
    await queue.changed(version, 60_000)
  })
})

describe('a call that was refused', () => {
  it.each([
    ['unsent', 'QZ Tray is not connected.', 'retry', 'qz-not-running'],
    ['refused', 'Request blocked', 'stop-printer', 'qz-blocked'],
    ['refused', 'Access denied', 'stop-printer', 'qz-blocked'],
    ['refused', 'Cannot find printer with name "Zebra"', 'stop-printer', 'offline'],
    ['refused', 'Specified printer could not be found.', 'stop-printer', 'offline'],
    ['refused', 'Cannot parse (FILE)x as a PDF file', 'retry', 'document-refused'],
  ] as const)('%s "%s": %s for %s', (kind, message, outcome, reason) => {
    expect(callOutcome(new QzCallError(kind, message))).toEqual({
      kind: outcome,
      reason: expect.objectContaining({ reason, raw: message }),
    })
  })
})

describe('the reference of a job', () => {
  it('is read back, and nothing else is', () => {
    expect(qzJobId(qzRef(7))).toBe(7)
    for (const ref of [null, '', 'ipp:7', 'qz:seven', 'qz:1e99']) expect(qzJobId(ref)).toBeNull()
  })
})
