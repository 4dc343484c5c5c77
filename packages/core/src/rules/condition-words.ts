import { durationWords, SECOND_MS } from '../time.ts'
import type { RuleCondition } from '../wire/rules.ts'
import type { JobFilter } from './filter.ts'
import { PRINTER_DOWN_S } from './kinds.ts'

/** What a rule watches, as people say it: `a print.* job in Zebra fails`. */
export function conditionWords(condition: RuleCondition): string {
  switch (condition.on) {
    case 'job_failed':
      return `${jobWords(condition)} fails`
    case 'job_completed':
      return `${jobWords(condition)} completes`
    case 'job_slow':
      return `${jobWords(condition)} runs longer than ${seconds(condition.over_s)}`
    case 'queue_waiting':
      return `the oldest job of ${condition.queue ?? 'any queue'} waits longer than ${seconds(condition.over_s)}`
    case 'failure_rate': {
      const ended = `of at least ${condition.min_jobs} ${jobsWords(condition)} that ended within`
      return `more than ${condition.percent} % fail ${ended} ${seconds(condition.window_s)}`
    }
    case 'failures_in_row':
      return `${condition.count} jobs of ${condition.type === undefined ? 'one type' : condition.type} fail in a row`
    case 'printer_down':
      return `${condition.printer ?? 'a printer'} is down${forWords(condition.over_s ?? PRINTER_DOWN_S)}`
    case 'station_down':
      return `${condition.station === undefined ? 'a station' : `station ${condition.station}`} is down`
    case 'worker_lost':
      return `${condition.worker === undefined ? 'a worker' : `worker ${condition.worker}`} is lost`
    case 'schedule_missed':
      return `${condition.schedule === undefined ? 'a schedule' : `schedule ${condition.schedule}`} misses its time`
  }
}

function jobWords(filter: JobFilter): string {
  const type = filter.type ?? ''
  const article = /^[aeiou]/.test(type) ? 'an' : 'a'
  return `${type === '' ? 'a job' : `${article} ${type} job`}${whereWords(filter)}`
}

function jobsWords(filter: JobFilter): string {
  return `${filter.type === undefined ? 'jobs' : `${filter.type} jobs`}${whereWords(filter)}`
}

function whereWords({ queue, tag }: JobFilter): string {
  return `${queue === undefined ? '' : ` in ${queue}`}${tag === undefined ? '' : ` with the tag ${tag}`}`
}

function forWords(overSeconds: number): string {
  return overSeconds === 0 ? '' : ` for ${seconds(overSeconds)}`
}

function seconds(count: number): string {
  return durationWords(count * SECOND_MS)
}
