import type { JobDetail, RuleView, SavedRule } from '@andon/core'
import { problem } from '@andon/core/base'
import type { Andon } from '@andon/sdk'
import { EXIT, type ExitCode } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'
import { rowsSpec } from '../jobs/list.ts'
import { type RuleChangeFlags, ruleChangeOf, type RuleFlags, ruleOf } from './flags.ts'
import { type Removal, removeEach } from '../remove-each.ts'

/** How often a test is looked at, and for how long. */
const LOOK_MS = 300
const LOOKS = 200

const ROWS: RowsSpec<RuleView> = {
  fields: FIELDS.RuleView,
  columns: [
    { name: 'id', title: 'ID', align: 'right', value: (rule) => rule.id },
    { name: 'name', title: 'NAME', shrink: 10, value: (rule) => rule.name },
    {
      name: 'status',
      title: 'STATUS',
      value: (rule) => (rule.pause === null ? 'watching' : 'paused'),
      paint: (text, rule, look) => look.paint(rule.pause === null ? 'green' : 'yellow', text),
    },
    { name: 'open_alerts', title: 'OPEN', align: 'right', value: (rule) => rule.open_alerts },
    { name: 'watches', title: 'WHEN', shrink: 16, value: (rule) => rule.watches },
    {
      name: 'channel',
      title: 'TELLS',
      shrink: 12,
      value: (rule) => rule.channel.target,
      cell: ({ channel }) => `${channel.kind} ${channel.target}`,
    },
    {
      name: 'last_notification',
      title: 'LAST TOLD',
      drop: 1,
      value: (rule) => rule.last_notification?.at ?? null,
      cell: (rule, look) => look.time(rule.last_notification?.at ?? null) || 'never',
    },
  ],
  empty: 'No rules yet. Add one with: andon rules add NAME --on job_failed --mail you@example.com',
  name: (rule) => rule.name,
}

/** `andon rules list` */
export async function listRules(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  printRows(session, await andon.rules.list(), ROWS)
  return EXIT.ok
}

/** `andon rules add`: the secret of a signed webhook goes to stderr, this once. */
export async function addRule(session: Session, name: string, flags: RuleFlags): Promise<ExitCode> {
  const wanted = ruleOf(name, flags)
  const andon = await session.andon()
  const rule = printSaved(session, await andon.rules.add(wanted))
  session.note(`See that it arrives with: andon rules test ${rule.id}`)
  return EXIT.ok
}

/** `andon rules change` */
export async function changeRule(session: Session, name: string, flags: RuleChangeFlags): Promise<ExitCode> {
  const andon = await session.andon()
  const before = await findRule(andon, name)
  printSaved(session, await andon.rules.change(before.id, ruleChangeOf(before, flags)))
  return EXIT.ok
}

function printSaved(session: Session, { rule, secret }: SavedRule): RuleView {
  printRows(session, [rule], ROWS)
  if (secret !== null) {
    session.io.stderr.write(`Secret of the webhook, which is not shown again: ${secret}\n`)
  }
  return rule
}

/** `andon rules remove` */
export function removeRules(session: Session, names: readonly string[], flags: Removal['flags']): Promise<ExitCode> {
  return removeEach(session, { names, flags }, async (andon, name) =>
    andon.rules.remove((await findRule(andon, name)).id),
  )
}

/** `andon rules pause` */
export function pauseRules(session: Session, names: readonly string[]): Promise<ExitCode> {
  return changeEach(session, names, (andon, id) => andon.rules.pause(id))
}

/** `andon rules resume` */
export function resumeRules(session: Session, names: readonly string[]): Promise<ExitCode> {
  return changeEach(session, names, (andon, id) => andon.rules.resume(id))
}

/** `andon rules test`: sends a message and says what became of it. */
export async function testRule(session: Session, name: string): Promise<ExitCode> {
  const andon = await session.andon()
  const { id } = await andon.rules.test((await findRule(andon, name)).id)
  const job = await session.interruptible((signal) => outcomeOf(andon, id, signal))
  if (session.format !== 'table') printRows(session, [job], rowsSpec([job], {}, undefined))
  else if (job.state === 'completed') session.io.stdout.write(`${job.summary ?? 'It was sent.'}\n`)
  if (job.state === 'completed') return EXIT.ok
  const why = job.error?.message ?? `It is ${job.state}.`
  const next = job.state === 'pending' ? 'It is tried again by itself.' : (job.error?.hint ?? '')
  session.io.stderr.write(
    `${session.errorPaint('red', 'It did not arrive:')} ${why}\n${next}\nSee: andon jobs status ${id}\n`,
  )
  return EXIT.jobFailed
}

/** The job of a delivery once it has ended, or is put off after a failure. */
async function outcomeOf(andon: Andon, id: string, signal: AbortSignal): Promise<JobDetail> {
  for (let look = 0; ; look += 1) {
    const job = await andon.jobs.get(id, { signal })
    const isPutOff = job.state === 'pending' && job.error !== null
    if (isPutOff || !['pending', 'queued', 'sent', 'running'].includes(job.state) || look >= LOOKS) return job
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    signal.throwIfAborted()
  }
}

async function changeEach(
  session: Session,
  names: readonly string[],
  change: (andon: Andon, id: number) => Promise<RuleView>,
): Promise<ExitCode> {
  const andon = await session.andon()
  const rules: RuleView[] = []
  const failure = await eachOf(
    session,
    names,
    async (name) => void rules.push(await change(andon, (await findRule(andon, name)).id)),
  )
  printRows(session, rules, { ...ROWS, empty: '' })
  return failure
}

/** A rule by its name, or by its number. */
async function findRule(andon: Andon, key: string): Promise<RuleView> {
  const rules = await andon.rules.list()
  const rule = rules.find(({ name }) => name === key) ?? rules.find(({ id }) => String(id) === key)
  if (rule === undefined) throw problem('rule_not_found', { detail: `There is no rule "${key}".` })
  return rule
}
