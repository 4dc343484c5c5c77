import {
  type ConditionKind,
  type ConditionOf,
  type Finding,
  groupFindings,
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
  closeSettledAlerts,
  endedJobs,
  type Found,
  holdAlerts,
  listPrinters,
  listQueues,
  listStations,
  type PrinterRow,
  type Queryable,
  readRates,
  readStreaks,
  type RuleRow,
  slowJobs,
  type WatchTurn,
} from '@andon/store'

/** Jobs that are told to run too long; more of them are one cause. */
const SLOW_JOBS = 500

/** A rule with a condition of one kind. */
type RuleOf<K extends ConditionKind> = RuleRow & { readonly condition: ConditionOf<K> }

/** What a rule finds to hold now. */
type Held = readonly [rule: RuleRow, findings: readonly Finding[]]

/** Looks at what holds now, and opens or closes the alerts of the rules that watch for it. */
export async function findInStates(turn: WatchTurn, rules: readonly RuleRow[]): Promise<void> {
  const { tx } = turn
  const held: Held[] = [
    ...(await slow(tx, rulesOn(rules, 'job_slow'))),
    ...(await waiting(tx, rulesOn(rules, 'queue_waiting'))),
    ...(await rates(tx, rulesOn(rules, 'failure_rate'))),
    ...(await streaks(tx, rulesOn(rules, 'failures_in_row'))),
    ...(await printers(tx, rulesOn(rules, 'printer_down'))),
    ...(await stations(tx, rulesOn(rules, 'station_down'))),
  ]
  const found = held.flatMap(([rule, findings]) =>
    groupFindings(rule.grouping, findings).map((finding): Found => ({ ...finding, ruleId: rule.id })),
  )
  const changes = await holdAlerts(
    tx,
    held.map(([rule]) => rule.id),
    found,
  )
  const settled = await closeSettledAlerts(tx)
  const [opened, closed] = [changes.opened, changes.closed + settled.closed]
  if (opened + closed > 0) await turn.tell({ opened, closed })
}

function rulesOn<K extends ConditionKind>(rules: readonly RuleRow[], kind: K): RuleOf<K>[] {
  return rules.filter((rule): rule is RuleOf<K> => rule.condition.on === kind)
}

async function slow(tx: Queryable, rules: readonly RuleOf<'job_slow'>[]): Promise<Held[]> {
  if (rules.length === 0) return []
  const jobs = await slowJobs(tx, Math.min(...rules.map(({ condition }) => condition.over_s)), SLOW_JOBS)
  return rules.map((rule) => {
    const { condition } = rule
    const own = jobs.filter((job) => job.runs_ms >= condition.over_s * SECOND_MS && isAbout(condition, job))
    return [rule, own.map((job) => slowFinding(condition, job, job.runs_ms))]
  })
}

async function waiting(tx: Queryable, rules: readonly RuleOf<'queue_waiting'>[]): Promise<Held[]> {
  if (rules.length === 0) return []
  const queues = await listQueues(tx)
  return rules.map((rule) => {
    const { over_s, queue: name } = rule.condition
    const own = queues.flatMap((queue) => {
      const waitS = queue.oldest_wait_s ?? 0
      if (waitS < over_s || (name !== undefined && name !== queue.name)) return []
      return [
        waitingFinding({
          name: queue.name,
          kind: queue.kind,
          waitMs: waitS * SECOND_MS,
          isPaused: queue.paused_at !== null,
        }),
      ]
    })
    return [rule, own]
  })
}

async function rates(tx: Queryable, rules: readonly RuleOf<'failure_rate'>[]): Promise<Held[]> {
  if (rules.length === 0) return []
  const counts = await readRates(
    tx,
    rules.map(({ id }) => id),
  )
  return rules.map((rule) => {
    const { ended = 0, failed = 0 } = counts.get(rule.id) ?? {}
    return [rule, isRateOver(rule.condition, ended, failed) ? [rateFinding(rule.condition, ended, failed)] : []]
  })
}

async function streaks(tx: Queryable, rules: readonly RuleOf<'failures_in_row'>[]): Promise<Held[]> {
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
    return [rule, own]
  })
}

async function printers(tx: Queryable, rules: readonly RuleOf<'printer_down'>[]): Promise<Held[]> {
  if (rules.length === 0) return []
  const rows = await listPrinters(tx)
  const nowMs = Date.now()
  return rules.map((rule) => {
    const { over_s: overS = PRINTER_DOWN_S, printer: name } = rule.condition
    const own = rows.flatMap((row) => {
      const isOwn = name === undefined || name === row.name
      return isOwn && nowMs - row.state_since.getTime() >= overS * SECOND_MS ? printerDown(row) : []
    })
    return [rule, own]
  })
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

async function stations(tx: Queryable, rules: readonly RuleOf<'station_down'>[]): Promise<Held[]> {
  if (rules.length === 0) return []
  const nowMs = Date.now()
  const down = (await listStations(tx)).filter(
    ({ is_print_server, lost_at, qz_connection_status, seen_at }) =>
      is_print_server && seen_at !== null && (lost_at !== null || qz_connection_status === 'error'),
  )
  return rules.map((rule) => [
    rule,
    down
      .filter(({ name }) => rule.condition.station === undefined || rule.condition.station === name)
      .map(({ lost_at, name, report }) =>
        stationFinding({ name, lostAtMs: lost_at?.getTime() ?? null, message: report?.message ?? null, nowMs }),
      ),
  ])
}
