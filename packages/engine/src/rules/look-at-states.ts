import {
  type ConditionKind,
  type ConditionOf,
  type Finding,
  isAbout,
  isRateOver,
  matchesPattern,
  PRINTER_DOWN_S,
  printerFinding,
  rateFinding,
  SECOND_MS,
  slowFinding,
  stationFinding,
  streakFinding,
  troubleshoot,
  waitingFinding,
} from '@andon/core'
import {
  endedJobs,
  listPrinters,
  listQueues,
  listStations,
  type PrinterRow,
  type Queryable,
  readRates,
  readStreaks,
  type RuleRow,
  slowJobs,
  type StationRow,
} from '@andon/store'

/** Jobs that are told to run too long; more of them are one cause. */
const SLOW_JOBS = 500

/** How something stands that a rule watches; unclear: nobody can say, as of a printer that cannot be asked. */
type Standing = 'well' | 'down' | 'unclear'

/** What a rule sees of what holds now. */
export interface Look {
  readonly rule: RuleRow
  readonly findings: readonly Finding[]
  /** By name, all that the rule watches and that is there; empty where nothing gets well again. */
  readonly standing: ReadonlyMap<string, Standing>
}

/** A rule with a condition of one kind. */
type RuleOf<K extends ConditionKind> = RuleRow & { readonly condition: ConditionOf<K> }

/** Looks at what holds now, for the rules that watch for it. */
export async function lookAtStates(tx: Queryable, rules: readonly RuleRow[]): Promise<Look[]> {
  return [
    ...(await slow(tx, rulesOn(rules, 'job_slow'))),
    ...(await waiting(tx, rulesOn(rules, 'queue_waiting'))),
    ...(await rates(tx, rulesOn(rules, 'failure_rate'))),
    ...(await streaks(tx, rulesOn(rules, 'failures_in_row'))),
    ...(await printers(tx, rulesOn(rules, 'printer_down'))),
    ...(await stations(tx, rulesOn(rules, 'station_down'))),
  ]
}

function rulesOn<K extends ConditionKind>(rules: readonly RuleRow[], kind: K): RuleOf<K>[] {
  return rules.filter((rule): rule is RuleOf<K> => rule.condition.on === kind)
}

async function slow(tx: Queryable, rules: readonly RuleOf<'job_slow'>[]): Promise<Look[]> {
  if (rules.length === 0) return []
  const jobs = await slowJobs(tx, Math.min(...rules.map(({ condition }) => condition.over_s)), SLOW_JOBS)
  return rules.map((rule) => {
    const { condition } = rule
    const own = jobs.filter((job) => job.runs_ms >= condition.over_s * SECOND_MS && isAbout(condition, job))
    return seen(
      rule,
      own.map((job) => slowFinding(condition, job, job.runs_ms)),
    )
  })
}

async function waiting(tx: Queryable, rules: readonly RuleOf<'queue_waiting'>[]): Promise<Look[]> {
  if (rules.length === 0) return []
  const queues = await listQueues(tx)
  return rules.map((rule) => {
    const { over_s: overS, queue: name } = rule.condition
    const own = queues.filter((queue) => name === undefined || name === queue.name)
    const late = own.filter(({ oldest_wait_s: waitS }) => (waitS ?? 0) >= overS)
    const findings = late.map((queue) =>
      waitingFinding({
        name: queue.name,
        kind: queue.kind,
        waitMs: (queue.oldest_wait_s ?? 0) * SECOND_MS,
        isPaused: queue.paused_at !== null,
      }),
    )
    return seen(
      rule,
      findings,
      standingOf(own, (queue) => (late.includes(queue) ? 'down' : 'well')),
    )
  })
}

async function rates(tx: Queryable, rules: readonly RuleOf<'failure_rate'>[]): Promise<Look[]> {
  if (rules.length === 0) return []
  const counts = await readRates(
    tx,
    rules.map(({ id }) => id),
  )
  return rules.map((rule) => {
    const { ended = 0, failed = 0 } = counts.get(rule.id) ?? {}
    return seen(rule, isRateOver(rule.condition, ended, failed) ? [rateFinding(rule.condition, ended, failed)] : [])
  })
}

async function streaks(tx: Queryable, rules: readonly RuleOf<'failures_in_row'>[]): Promise<Look[]> {
  if (rules.length === 0) return []
  const all = await readStreaks(tx, Math.min(...rules.map(({ condition }) => condition.count)))
  const newest = await endedJobs(
    tx,
    all.map(({ jobId }) => jobId),
  )
  const jobs = new Map(newest.map((job) => [job.id, job]))
  return rules.map((rule) => {
    const { count, type: pattern } = rule.condition
    const own = all.flatMap(({ failures, jobId, type }) => {
      const job = jobs.get(jobId)
      const isOwn = failures >= count && (pattern === undefined || matchesPattern(pattern, type))
      return isOwn && job !== undefined ? [streakFinding(type, failures, job)] : []
    })
    return seen(rule, own)
  })
}

async function printers(tx: Queryable, rules: readonly RuleOf<'printer_down'>[]): Promise<Look[]> {
  if (rules.length === 0) return []
  const rows = await listPrinters(tx)
  const nowMs = Date.now()
  return rules.map((rule) => {
    const { over_s: overS = PRINTER_DOWN_S, printer: name } = rule.condition
    const own = rows.filter((row) => name === undefined || name === row.name)
    const findings = own
      .filter(({ state_since: since }) => nowMs - since.getTime() >= overS * SECOND_MS)
      .flatMap((row) => printerDown(row))
    return seen(rule, findings, standingOf(own, printerStanding))
  })
}

function printerStanding(row: PrinterRow): Standing {
  if (printerDown(row).length > 0) return 'down'
  return row.state === 'unknown' ? 'unclear' : 'well'
}

function printerDown(row: PrinterRow): Finding[] {
  const worst = row.reasons.find(({ severity }) => severity === 'error')
  const facts = { name: row.name, waiting: row.jobs_waiting }
  if (worst !== undefined) {
    const { steps, title, what } = troubleshoot(worst.reason, worst.raw)
    return [printerFinding({ ...facts, title, what, step: steps[0] ?? null })]
  }
  if (row.state !== 'offline' && row.state !== 'stopped') return []
  const title = row.state === 'offline' ? 'offline' : 'stopped'
  return [printerFinding({ ...facts, title, what: row.message, step: 'Look whether it is switched on and connected.' })]
}

async function stations(tx: Queryable, rules: readonly RuleOf<'station_down'>[]): Promise<Look[]> {
  if (rules.length === 0) return []
  const nowMs = Date.now()
  const servers = (await listStations(tx)).filter(
    ({ is_print_server: isPrintServer, seen_at: seenAt }) => isPrintServer && seenAt !== null,
  )
  return rules.map((rule) => {
    const { station: name } = rule.condition
    const watched = servers.filter((station) => name === undefined || name === station.name)
    const findings = watched.filter(isStationDown).map(({ lost_at, name: ownName, report }) =>
      stationFinding({
        name: ownName,
        lostAtMs: lost_at?.getTime() ?? null,
        message: report?.message ?? null,
        nowMs,
      }),
    )
    return seen(
      rule,
      findings,
      standingOf(watched, (station) => (isStationDown(station) ? 'down' : 'well')),
    )
  })
}

function isStationDown({ lost_at, qz_connection_status }: StationRow): boolean {
  return lost_at !== null || qz_connection_status === 'error'
}

function seen(rule: RuleRow, findings: readonly Finding[], standing: Look['standing'] = new Map()): Look {
  return { rule, findings, standing }
}

/** By name; a queue and a printer may have the same one, and are well when both are. */
function standingOf<T extends { readonly name: string }>(things: readonly T[], of: (thing: T) => Standing) {
  const standing = new Map<string, Standing>()
  for (const thing of things) {
    if (standing.get(thing.name) !== 'down') standing.set(thing.name, of(thing))
  }
  return standing
}
