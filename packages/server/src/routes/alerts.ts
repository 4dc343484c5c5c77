import { AlertView, ListParams, NotificationView, pageOf } from '@andon/core'
import {
  acknowledgeAlert,
  type AlertCursor,
  type AlertRow,
  listAlerts,
  listNotifications,
  toAlertView,
  toNotificationView,
} from '@andon/store'
import { Type } from 'typebox'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { RULES } from '../policies/rules.ts'
import { visibilityOf } from '../policies/visibility.ts'
import { auditActor } from '../sign-in/actors.ts'
import { numberCursor } from './cursors.ts'
import { pageAfter } from './fields.ts'

const AlertParams = Type.Object(
  { ...ListParams, open: Type.Optional(Type.Boolean({ description: 'Only those that are open' })) },
  { additionalProperties: false },
)
const NotificationParams = Type.Object(
  { ...ListParams, rule_id: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })) },
  { additionalProperties: false },
)
const AlertParam = Type.Object({ id: Type.String({ pattern: '^[0-9]{1,16}$' }) })

/** What rules found, and who was told. */
export function alertRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/alerts',
      tag: 'rules',
      summary: 'Alerts: open ones first, then those that are over, each newest first',
      policy: RULES.read,
      query: AlertParams,
      answer: { status: 200, schema: pageOf(AlertView) },
      run: async ({ actor, query: { cursor, limit = 50, open = false } }) => {
        const rows = await listAlerts(store, { after: alertCursor(cursor), limit, isOpenOnly: open })
        const { next_cursor, ...page } = pageAfter(rows, limit, placeOf)
        return { ...page, data: rows.map((row) => toAlertView(row, visibilityOf(actor))), next_cursor }
      },
    }),
    route({
      method: 'POST',
      url: '/api/alerts/:id/acknowledge',
      tag: 'rules',
      summary: 'Says that somebody sees to an alert; what is not over by itself is closed',
      policy: RULES.acknowledge,
      params: AlertParam,
      body: Type.Object({}, { additionalProperties: false }),
      answer: { status: 200, schema: AlertView },
      run: async ({ actor, params, request }) =>
        toAlertView(await acknowledgeAlert(store, params.id, auditActor(actor, request)), visibilityOf(actor)),
    }),
    route({
      method: 'GET',
      url: '/api/notifications',
      tag: 'rules',
      summary: 'Who was told, newest first, with the outcome of each delivery',
      policy: RULES.read,
      query: NotificationParams,
      answer: { status: 200, schema: pageOf(NotificationView) },
      run: async ({ actor, query: { cursor, limit = 50, rule_id: ruleId = null } }) => {
        const before = numberCursor(cursor)
        const asked = { before: before === 0 ? null : String(before), ruleId, limit }
        const rows = await listNotifications(store, asked)
        const page = pageAfter(rows, limit, ({ id }) => id)
        return { ...page, data: rows.map((row) => toNotificationView(row, visibilityOf(actor))) }
      },
    }),
  ]
}

/** Twice the id, one more for those that are over: one number says in which part of the list it goes on, and where. */
function placeOf({ closed_at, id }: AlertRow): string {
  return String(BigInt(id) * 2n + (closed_at === null ? 0n : 1n))
}

function alertCursor(cursor: string | undefined): AlertCursor | null {
  const place = numberCursor(cursor)
  return place === 0 ? null : { isClosed: place % 2 === 1, id: String(Math.floor(place / 2)) }
}
