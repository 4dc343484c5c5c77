import { judgeQzJob, type QzJobVerdict } from './events.ts'
import type { QzJob } from './queue.ts'

/** Jobs that may be the one that was made for us. */
export interface QzMatch {
  readonly jobs: readonly QzJob[]
  /** Whether their names say so; otherwise they are only new. */
  readonly isSure: boolean
}

/** What is known of the job before it is seen. */
export interface QzExpected {
  readonly name: string
  /** Raw data goes to the queue under our name; what is drawn may get one of Java's. */
  readonly isRaw: boolean
}

/** Names that Andon gives; one that is not the expected one is of another item. */
const OUR_NAMES = 'andon:'
const DRAWN_NAME = /^(Java Printing|QZ Tray)/
/** Queues cut long names, and QZ numbers the parts of a document. */
const SHORTEST_CUT = 60

/**
 * Finds our job among those that were new after the print began. One with our name is ours; else one with a name that QZ
 * gives; else whatever is new, of which there may be several when others print at the same time.
 */
export function matchJobs(jobs: readonly QzJob[], expected: QzExpected): QzMatch {
  const ranked = jobs.map((job) => ({ job, rank: rankOf(job.name.trim(), expected) }))
  const best = Math.max(0, ...ranked.map(({ rank }) => rank))
  const found = best === 0 ? [] : ranked.filter(({ rank }) => rank === best).map(({ job }) => job)
  return { jobs: found, isSure: best >= 2 }
}

function rankOf(name: string, { name: ours, isRaw }: QzExpected): number {
  if (name === ours || name.startsWith(`${ours}-`)) return 3
  if (name.length >= SHORTEST_CUT && ours.startsWith(name)) return 3
  if (name.startsWith(OUR_NAMES)) return 0
  return !isRaw && DRAWN_NAME.test(name) ? 2 : 1
}

/** What several jobs say together of which one is ours: only what is true of all of them is known. */
export function judgeTogether(jobs: readonly QzJob[]): QzJobVerdict {
  const verdicts = jobs.map(({ events }) => judgeQzJob(events))
  const [first = { kind: 'printing', heard: null } as const] = verdicts
  if (verdicts.length <= 1 || verdicts.every(({ kind }) => kind === 'confirmed')) return first
  const open = verdicts.find(({ kind }) => kind === 'trouble') ?? verdicts.find(({ kind }) => kind === 'printing')
  return open ?? { kind: 'gone', words: 'Others printed at the same time, and not all of these jobs came out.' }
}
