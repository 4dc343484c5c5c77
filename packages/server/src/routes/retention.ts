import { type ArchiveInput, CreatedJob, MonthView, RetentionForecast, RetentionView, SetRetention } from '@andon/core'
import { checkRetentionRules, forecastRetention, listMonths, type Month, setRetentionRules } from '@andon/store'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { askForCleanup, askForMonth, retentionView } from '../commands/upkeep.ts'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import type { Actor } from '../policies/actor.ts'
import { RETENTION } from '../policies/retention.ts'
import { presentCreated } from '../presenters/created.ts'
import { auditActor } from '../sign-in/actors.ts'
import { listOf } from './fields.ts'

const NoFields = Type.Object({}, { additionalProperties: false })
const MonthParam = Type.Object({ month: Type.String({ pattern: '^[0-9]{4}(0[1-9]|1[0-2])$', description: 'YYYYMM' }) })
const tag = 'retention'

/** How long jobs are kept, and the months of history. */
export function retentionRoutes(context: ServerContext): Route[] {
  return [...ruleRoutes(context), ...monthRoutes(context)]
}

function ruleRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/retention',
      tag,
      summary: 'How long jobs and what they left are kept, and what the newest cleanup did',
      policy: RETENTION.read,
      answer: { status: 200, schema: RetentionView },
      run: () => retentionView(store),
    }),
    route({
      method: 'PUT',
      url: '/api/retention',
      tag,
      summary: 'Sets all rules; with dry_run only says what would go by them now',
      policy: RETENTION.manage,
      body: SetRetention,
      answer: { status: 200, schema: Type.Union([RetentionView, RetentionForecast]) },
      run: async ({ actor, body, request }) => {
        const { dry_run: isDry = false, rules } = body
        checkRetentionRules(rules)
        if (isDry) return forecastRetention(store, rules, { now: new Date() })
        await setRetentionRules(store, rules, auditActor(actor, request))
        return retentionView(store)
      },
    }),
    route({
      method: 'POST',
      url: '/api/retention/run',
      tag,
      summary: 'Cleans now what is older than its rule; answers the job that does it',
      policy: RETENTION.manage,
      body: NoFields,
      answer: { status: 201, schema: CreatedJob },
      run: async ({ actor, request }) => presentCreated(await askForCleanup(store, actor, request)),
    }),
  ]
}

function monthRoutes({ store }: ServerContext): Route[] {
  const ask = async (action: ArchiveInput['action'], { actor, params: { month }, request }: MonthCall) =>
    presentCreated(await askForMonth(store, { action, month }, { actor, request }))
  const rest = {
    tag,
    policy: RETENTION.manage,
    params: MonthParam,
    answer: { status: 201, schema: CreatedJob },
  } as const
  const move = (action: 'archive' | 'restore', summary: string) =>
    route({
      ...rest,
      method: 'POST',
      url: `/api/history/:month/${action}`,
      summary,
      body: NoFields,
      run: (call) => ask(action, call),
    })
  return [
    route({
      method: 'GET',
      url: '/api/history',
      tag,
      summary: 'The months of history, newest first: those in the lists, and those in the archive',
      policy: RETENTION.read,
      answer: { status: 200, schema: listOf(MonthView) },
      run: async () => ({ data: (await listMonths(store)).toReversed().filter(hasBegun).map(presentMonth) }),
    }),
    move('archive', 'Takes a month that is over out of the lists; answers the job that does it'),
    move('restore', 'Brings an archived month back into the lists; answers the job that does it'),
    route({
      ...rest,
      method: 'DELETE',
      url: '/api/history/:month',
      summary: 'Deletes an archived month for good; answers the job that does it',
      run: (call) => ask('delete', call),
    }),
  ]
}

/** What a route knows of who asks for which month. */
interface MonthCall {
  readonly actor: Actor
  readonly params: { readonly month: string }
  readonly request: FastifyRequest
}

/** Months are made ahead. */
function hasBegun({ month }: Month): boolean {
  return month <= new Date().toISOString().slice(0, 7).replace('-', '')
}

function presentMonth({ isArchived, month, restored, rows, sizeBytes }: Month): MonthView {
  return {
    month,
    is_archived: isArchived,
    jobs: rows < 0 ? null : Math.round(rows),
    size_bytes: sizeBytes,
    restored: restored === null ? null : { at: restored.at.toISOString(), by: restored.by },
  }
}
