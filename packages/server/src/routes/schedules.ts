import { ChangeSchedule, CreatedJob, CreateSchedule, PreviewQuery, SchedulePreview, ScheduleView } from '@andon/core'
import {
  getSchedule,
  listSchedules,
  ownKey,
  pauseSchedule,
  removeSchedule,
  runScheduleNow,
  type Schedule,
  type Store,
} from '@andon/store'
import { Type } from 'typebox'
import { requestHash } from '../commands/request-key.ts'
import { addSchedule, changeScheduleOf, resumeScheduleOf } from '../commands/save-schedule.ts'
import type { ServerContext } from '../context.ts'
import { idempotencyKey } from '../http/idempotency.ts'
import { type Route, route } from '../http/route.ts'
import type { Actor } from '../policies/actor.ts'
import { SCHEDULES } from '../policies/schedules.ts'
import { presentCreated } from '../presenters/created.ts'
import { presentSchedules, previewSchedule } from '../presenters/schedules.ts'
import { auditActor } from '../sign-in/actors.ts'
import { listOf, NumberParam } from './fields.ts'

const Nothing = Type.Object({}, { additionalProperties: false })
const answer = { status: 200, schema: ScheduleView } as const

/** Jobs that are made again and again. */
export function scheduleRoutes(context: ServerContext): Route[] {
  return [...readRoutes(context), ...changeRoutes(context), ...pauseRoutes(context), runRoute(context)]
}

function readRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/schedules',
      tag: 'schedules',
      summary: 'All schedules by name, with their next five runs and their last job',
      policy: SCHEDULES.read,
      answer: { status: 200, schema: listOf(ScheduleView) },
      run: async ({ actor }) => ({ data: await presentSchedules(store, await listSchedules(store), actor) }),
    }),
    route({
      method: 'GET',
      url: '/api/schedules/preview',
      tag: 'schedules',
      summary: 'What a cron expression means: in words, and its next five runs',
      policy: SCHEDULES.read,
      query: PreviewQuery,
      answer: { status: 200, schema: SchedulePreview },
      run: async ({ query }) => previewSchedule(query.cron, query.time_zone ?? 'UTC'),
    }),
    route({
      method: 'GET',
      url: '/api/schedules/:id',
      tag: 'schedules',
      summary: 'One schedule',
      policy: SCHEDULES.read,
      params: NumberParam,
      answer,
      run: async ({ actor, params }) => present(store, await getSchedule(store, params.id), actor),
    }),
  ]
}

function changeRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/schedules',
      tag: 'schedules',
      summary: 'Makes a schedule; its job is checked like any other',
      policy: SCHEDULES.change,
      body: CreateSchedule,
      answer: { status: 201, schema: ScheduleView },
      run: async ({ actor, body, request }) => {
        const made = await addSchedule(store, body, { actor, audit: auditActor(actor, request) })
        return present(store, made, actor)
      },
    }),
    route({
      method: 'PATCH',
      url: '/api/schedules/:id',
      tag: 'schedules',
      summary: 'Changes what is named; a paused schedule stays paused',
      policy: SCHEDULES.change,
      params: NumberParam,
      body: ChangeSchedule,
      answer,
      run: async ({ actor, body, params, request }) => {
        const by = { actor, audit: auditActor(actor, request) }
        return present(store, await changeScheduleOf(store, params.id, { body, by }), actor)
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/schedules/:id',
      tag: 'schedules',
      summary: 'Removes a schedule; the jobs that it made stay',
      policy: SCHEDULES.change,
      params: NumberParam,
      answer: { status: 204, schema: null },
      run: async ({ actor, params, request }) => removeSchedule(store, params.id, auditActor(actor, request)),
    }),
  ]
}

function pauseRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/schedules/:id/pause',
      tag: 'schedules',
      summary: 'Makes no more jobs until it is resumed',
      policy: SCHEDULES.change,
      params: NumberParam,
      body: Nothing,
      answer,
      run: async ({ actor, params, request }) =>
        present(store, await pauseSchedule(store, params.id, auditActor(actor, request)), actor),
    }),
    route({
      method: 'POST',
      url: '/api/schedules/:id/resume',
      tag: 'schedules',
      summary: 'Goes on with the next time to come',
      policy: SCHEDULES.change,
      params: NumberParam,
      body: Nothing,
      answer,
      run: async ({ actor, params, request }) =>
        present(store, await resumeScheduleOf(store, params.id, auditActor(actor, request)), actor),
    }),
  ]
}

function runRoute({ store }: ServerContext): Route {
  return route({
    method: 'POST',
    url: '/api/schedules/:id/run',
    tag: 'schedules',
    summary: 'Makes its job now, or finds the one that still lives where it is to skip; its times stay',
    policy: SCHEDULES.run,
    params: NumberParam,
    body: Nothing,
    takesIdempotencyKey: true,
    answer: { status: 201, schema: CreatedJob },
    run: async ({ actor, params, request }) => {
      const key = ownKey(actor, idempotencyKey(request))
      const hash = requestHash({ schedule: params.id })
      const by = { actor: auditActor(actor, request), idempotencyKey: key, requestHash: hash }
      return presentCreated(await runScheduleNow(store, params.id, by))
    },
  })
}

async function present(store: Store, schedule: Schedule, actor: Actor): Promise<ScheduleView | undefined> {
  return (await presentSchedules(store, [schedule], actor))[0]
}
