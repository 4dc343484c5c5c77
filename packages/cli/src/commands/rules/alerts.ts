import type { AlertView } from '@andon/core'
import { EXIT, type ExitCode } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'

const COLOURS = { success: 'green', warning: 'yellow', error: 'red' } as const

/** Alerts of one list; more are on the dashboard. */
const LIMIT = 100

const ROWS: RowsSpec<AlertView> = {
  fields: FIELDS.AlertView,
  columns: [
    { name: 'id', title: 'ID', align: 'right', value: (alert) => alert.id },
    {
      name: 'status',
      title: 'STATUS',
      value: statusWord,
      paint: (text, alert, look) => look.paint(alert.closed_at === null ? COLOURS[alert.level] : 'gray', text),
    },
    { name: 'count', title: 'TIMES', align: 'right', value: (alert) => alert.count },
    {
      name: 'opened_at',
      title: 'SINCE',
      value: (alert) => alert.opened_at,
      cell: (alert, look) => look.time(alert.opened_at),
    },
    { name: 'title', title: 'WHAT', shrink: 20, value: (alert) => alert.title },
    { name: 'what', title: 'BECAUSE', shrink: 12, drop: 1, value: (alert) => alert.what },
    { name: 'rule', title: 'RULE', shrink: 8, drop: 2, value: (alert) => alert.rule },
  ],
  empty: 'Nothing is the matter, as far as the rules look.',
  name: (alert) => alert.id,
}

/** `andon rules alerts` */
export async function listAlerts(session: Session, flags: { readonly all?: boolean }): Promise<ExitCode> {
  const andon = await session.andon()
  const { data } = await andon.alerts.list({ limit: LIMIT, ...(flags.all === true ? {} : { open: true }) })
  printRows(session, data, ROWS)
  return EXIT.ok
}

/** `andon rules acknowledge` */
export async function acknowledgeAlerts(session: Session, ids: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  const alerts: AlertView[] = []
  const failure = await eachOf(session, ids, async (id) => void alerts.push(await andon.alerts.acknowledge(id)))
  printRows(session, alerts, { ...ROWS, empty: '' })
  return failure
}

function statusWord(alert: AlertView): string {
  if (alert.closed_at !== null) return 'over'
  return alert.acknowledged_by === null ? 'open' : `seen to by ${alert.acknowledged_by}`
}
