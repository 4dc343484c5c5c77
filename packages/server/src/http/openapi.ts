import * as core from '@andon/core'
import type { TSchema } from 'typebox'
import { MAX_KEY } from './idempotency.ts'
import type { Answer, RouteDocument } from './route.ts'

/** An OpenAPI 3.1 document, as far as it is looked at here. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, unknown>>
  readonly tags: readonly { readonly name: string }[]
}

/** Schemas that have a name in the document; whatever is equal to one of them refers to it. */
const NAMED = {
  AccountView: core.AccountView,
  AttemptView: core.AttemptView,
  AttentionView: core.AttentionView,
  AuditView: core.AuditView,
  AvailabilityPeriod: core.AvailabilityPeriod,
  CreatedJob: core.CreatedJob,
  CreateJob: core.CreateJob,
  CreatePrint: core.CreatePrint,
  CreatePrinter: core.CreatePrinter,
  DocumentView: core.DocumentView,
  EventView: core.EventView,
  FailuresPeriod: core.FailuresPeriod,
  HealthView: core.HealthView,
  ItemView: core.ItemView,
  JobDetail: core.JobDetail,
  JobErrorView: core.JobErrorView,
  JobPage: core.JobPage,
  JobStats: core.JobStats,
  JobView: core.JobView,
  LogView: core.LogView,
  MediaPeriod: core.MediaPeriod,
  PauseView: core.PauseView,
  PoolView: core.PoolView,
  PrinterView: core.PrinterView,
  Problem: core.ProblemSchema,
  ProgressView: core.ProgressView,
  QueueView: core.QueueView,
  QueueWait: core.QueueWait,
  ReprintsPeriod: core.ReprintsPeriod,
  ScheduledJob: core.ScheduledJob,
  SchedulePreview: core.SchedulePreview,
  ScheduleView: core.ScheduleView,
  SessionView: core.SessionView,
  SpreadView: core.SpreadView,
  ThroughputPeriod: core.ThroughputPeriod,
  TokenView: core.TokenView,
  TroubleView: core.TroubleView,
  WaitsPeriod: core.WaitsPeriod,
  WorkerView: core.WorkerView,
} as const satisfies Record<string, TSchema>

const DESCRIPTION = [
  'JSON in snake_case, times in UTC. Errors are problem documents (RFC 9457) with a stable `code` and a `hint`.',
  'Lists return `next_cursor`. Sign in with `Authorization: Bearer andon_…` or with the session of the dashboard.',
].join(' ')

/** The document of the API, made from the schemas that check its requests. */
export function describeApi(routes: readonly RouteDocument[], version: string): OpenApiDocument {
  const names = new Map(Object.entries(NAMED).map(([name, schema]) => [JSON.stringify(schema), name]))
  const paths: Record<string, Record<string, unknown>> = {}
  for (const document of routes) {
    const path = document.url.replace(/:([a-zA-Z_]+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][document.method.toLowerCase()] = operationOf(document, names)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Andon', version, description: DESCRIPTION },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(NAMED).map(([name, schema]) => [name, membersOf(schema, names)])),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'andon' },
      },
    },
    tags: [...new Set(routes.map((document) => document.tag))].map((name) => ({ name })),
  }
}

type Names = ReadonlyMap<string, string>

function operationOf(document: RouteDocument, names: Names): object {
  const { policy } = document
  return {
    operationId: operationId(document),
    summary: document.summary,
    tags: [document.tag],
    description: policy.role === null ? 'For anybody.' : `Permission \`${policy.name}\`, role ${policy.role} or above.`,
    security: policy.role === null ? [] : [{ token: [] }, { session: [] }],
    parameters: parametersOf(document, names),
    ...requestBody(document, names),
    responses: {
      ...Object.fromEntries(document.answers.map((answer) => [answer.status, responseOf(answer, names)])),
      default: { description: 'A problem', content: refusalContent(document, names) },
    },
  }
}

/** A body of several shapes has none that may be left out. */
function requestBody({ body, uploads }: RouteDocument, names: Names): object {
  if (body) {
    const required = 'required' in body || 'anyOf' in body
    return { requestBody: { required, content: jsonContent(body, names) } }
  }
  if (uploads.length === 0) return {}
  const file = { type: 'string', contentMediaType: 'application/octet-stream' }
  const form = { type: 'object', required: ['file'], properties: { file } }
  const content = Object.fromEntries(uploads.map((type) => [type, { schema: file }]))
  return { requestBody: { required: true, content: { ...content, 'multipart/form-data': { schema: form } } } }
}

/** `POST /api/jobs/:id/cancel` is `post_jobs_id_cancel`. */
function operationId({ method, url }: RouteDocument): string {
  return `${method.toLowerCase()}_${url.replace(/^\/(api\/)?/, '').replace(/[^a-zA-Z0-9]+/g, '_')}`
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: MAX_KEY },
}

const LEASE = {
  name: core.LEASE_HEADER,
  in: 'header',
  required: true,
  schema: { type: 'string', pattern: '^[0-9]{1,18}$' },
}

function parametersOf(document: RouteDocument, names: Names): object[] {
  const { params, query } = document
  return [
    ...(params ? fieldsOf(params, 'path', names) : []),
    ...(query ? fieldsOf(query, 'query', names) : []),
    ...(document.takesIdempotencyKey ? [IDEMPOTENCY_KEY] : []),
    ...(document.takesLease ? [LEASE] : []),
  ]
}

function fieldsOf(schema: TSchema, place: 'path' | 'query', names: Names): object[] {
  const properties = memberOf(schema, 'properties')
  const required = memberOf(schema, 'required')
  if (typeof properties !== 'object' || properties === null) return []
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || (Array.isArray(required) && required.includes(name)),
    schema: refer(field, names),
  }))
}

function responseOf(answer: Answer, names: Names): object {
  if (answer.type !== undefined) {
    return { description: 'Success', content: { [answer.type]: { schema: refer(answer.schema ?? {}, names) } } }
  }
  if (answer.schema === null) return { description: 'Success' }
  return { description: 'Success', content: jsonContent(answer.schema, names) }
}

function refusalContent({ refusal }: RouteDocument, names: Names): object {
  if (refusal !== null) return jsonContent(refusal, names)
  return { 'application/problem+json': { schema: refer(core.ProblemSchema, names) } }
}

function jsonContent(schema: TSchema, names: Names): object {
  return { 'application/json': { schema: refer(schema, names) } }
}

/** The schema as plain JSON, with a reference wherever a named one stands. */
function refer(schema: unknown, names: Names): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  const name = names.get(JSON.stringify(schema))
  return name === undefined ? membersOf(schema, names) : { $ref: `#/components/schemas/${name}` }
}

function membersOf(schema: object, names: Names): unknown {
  if (Array.isArray(schema)) return schema.map((entry) => refer(entry, names))
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, refer(value, names)]))
}

function memberOf(schema: TSchema, name: string): unknown {
  return Reflect.get(schema, name)
}
