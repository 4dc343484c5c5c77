import { DAY_MS, errorEntry, MINUTE_MS, SECOND_MS, uuidGenerator } from '@andon/core'
import type { FinishedJob } from '@andon/store'
import { DEMO_PRODUCTS } from './catalogue.ts'
import type { Chance } from './chance.ts'

/** What the made-up history refers to. */
export interface HistoryTargets {
  readonly typeId: number
  /** Lanes of the label printers. */
  readonly printerIds: readonly number[]
  readonly nowMs: number
}

const DAYS = 14
const JOBS_A_DAY = 120

/** Two weeks of finished print jobs: busy by day, quiet at night, now and then something that went wrong. */
export function demoHistory(targets: HistoryTargets, chance: Chance): FinishedJob[] {
  let clockMs = 0
  const newId = uuidGenerator({ now: () => clockMs, random: (bytes) => crypto.getRandomValues(bytes) })
  const jobs: FinishedJob[] = []
  for (let day = DAYS; day >= 1; day -= 1) {
    const dayStartMs = targets.nowMs - day * DAY_MS
    const times = Array.from({ length: JOBS_A_DAY }, () => dayStartMs + dayTimeMs(chance)).toSorted((a, b) => a - b)
    for (const createdMs of times) {
      clockMs = createdMs
      jobs.push(finishedJob({ id: newId(), createdMs, order: 7_000 + jobs.length, targets }, chance))
    }
  }
  return jobs
}

/** Most work falls between 6 and 18 hours after the start of the day. */
function dayTimeMs(chance: Chance): number {
  const hour = chance.happens(0.9) ? chance.between(6, 17) : chance.between(0, 23)
  return hour * 60 * MINUTE_MS + chance.between(0, 59) * MINUTE_MS + chance.between(0, 59_999)
}

interface Seed {
  readonly id: string
  readonly createdMs: number
  readonly order: number
  readonly targets: HistoryTargets
}

function finishedJob({ id, createdMs, order, targets }: Seed, chance: Chance): FinishedJob {
  const total = chance.between(12, 200)
  const end = ending(total, chance)
  const startedMs = createdMs + chance.between(1, 240) * SECOND_MS
  const printerId = chance.oneOf(targets.printerIds)
  return {
    id,
    typeId: targets.typeId,
    queueId: printerId,
    state: end.state,
    priority: chance.happens(0.1) ? 'high' : 'normal',
    attempt: 1,
    maxAttempts: 4,
    createdAt: new Date(createdMs),
    startedAt: new Date(startedMs),
    finishedAt: new Date(startedMs + (end.done + 1) * chance.between(250, 900)),
    description: `${chance.oneOf(DEMO_PRODUCTS)}, ${total} labels`,
    subject: { type: 'manufacturing_order', id: `MO-${order}` },
    tags: { demo: 'yes', lot: `L${chance.between(100_000, 999_999)}` },
    createdBy: 'demo-erp',
    items: { total, done: end.done, failed: end.failed },
    printerId,
    proof: end.state === 'failed' ? 'sent' : 'confirmed',
    error: end.code === null ? null : demoError(end.code),
    summary: end.state === 'cancelled' ? 'cancelled by demo-erp' : null,
  }
}

type Ending = Pick<FinishedJob, 'state'> & { done: number; failed: number; code: string | null }

function ending(total: number, chance: Chance): Ending {
  const part = chance.between(0, total - 1)
  if (chance.happens(0.03)) {
    const failed = chance.between(1, Math.min(5, total))
    return { state: 'completed_with_errors', done: total - failed, failed, code: 'invalid_zpl' }
  }
  if (chance.happens(0.025)) return { state: 'failed', done: part, failed: 0, code: 'printer_offline' }
  if (chance.happens(0.02)) return { state: 'cancelled', done: part, failed: 0, code: null }
  return { state: 'completed', done: total, failed: 0, code: null }
}

function demoError(code: string): FinishedJob['error'] {
  const entry = errorEntry(code)
  return { code, message: entry?.title ?? code, hint: entry?.hint ?? null }
}
