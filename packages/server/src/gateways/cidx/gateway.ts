import type { AndonError } from '@andon/core'
import { type AccountFacts, cancelJob } from '@andon/store'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { requireJob } from '../../commands/find-job.ts'
import { signIn } from '../../commands/sign-in.ts'
import type { ServerContext } from '../../context.ts'
import { type Route, route } from '../../http/route.ts'
import type { Actor } from '../../policies/actor.ts'
import { GATEWAYS } from '../../policies/gateways.ts'
import { SIGN_IN } from '../../policies/people.ts'
import { auditActor } from '../../sign-in/actors.ts'
import { type Gateway, makeGateway, refusalWords } from '../gateway.ts'
import { listTheirJobs } from './list.ts'
import { presentJob, STATUS_OF } from './present.ts'
import { Cancelled, CidxJob, CidxPage, Credentials, ListQuery, Refusal, SignedIn } from './schemas.ts'

const JobParam = Type.Object({ id: Type.String() })

/** What the cidx client and its commands `jobs list`, `jobs status` and `jobs cancel` speak to a server of theirs. */
export function cidxGateway(context: ServerContext): Gateway {
  return makeGateway({
    prefix: '/gateways/cidx',
    routes: [...signInRoutes(context), ...readRoutes(context), cancelRoute(context)],
    refusal: Refusal,
    refuse: (error, request) => ({ detail: detailOf(error, request) }),
  })
}

/** One text, which is all that their client shows. */
function detailOf(error: AndonError, { params }: FastifyRequest): string {
  const { candidates } = error.extra
  if (error.code === 'job_not_found') return `Job not found: ${String(Reflect.get(Object(params), 'id')).slice(0, 100)}`
  if (error.retryAfterMs !== null) return `${error.detail}. Wait ${Math.ceil(error.retryAfterMs / 1000)} seconds.`
  return Array.isArray(candidates) ? `${error.detail}: ${candidates.join(', ')}` : refusalWords(error)
}

function signInRoutes(context: ServerContext): Route[] {
  const { sessions } = context
  return [
    route({
      method: 'POST',
      url: '/auth/login',
      tag: 'cidx',
      summary: 'Signs in by name and password',
      policy: SIGN_IN.signIn,
      body: Credentials,
      answer: { status: 200, schema: SignedIn },
      run: async ({ body: { password, username: name }, request }) => {
        const account = await signIn(context, { name, password }, request.ip)
        return presentSignedIn(account, await sessions.beginToken(account, request))
      },
    }),
    route({
      method: 'POST',
      url: '/auth/refresh',
      tag: 'cidx',
      summary: 'Another access token of the same sign-in, within its 24 hours',
      policy: GATEWAYS.read,
      answer: { status: 200, schema: SignedIn },
      run: async ({ actor }) => {
        const { account, token } = await sessions.renewToken(actor)
        return presentSignedIn(account, token)
      },
    }),
  ]
}

function readRoutes(context: ServerContext): Route[] {
  const detail = async (id: string, actor: Actor): Promise<CidxJob> => {
    const row = await requireJob(context.store, id, actor)
    return presentJob(await context.jobs.detail(row, actor))
  }
  const single = { method: 'GET', tag: 'cidx', policy: GATEWAYS.read, params: JobParam } as const
  const answer = { status: 200, schema: CidxJob } as const
  return [
    route({
      method: 'GET',
      url: '/api/jobs',
      tag: 'cidx',
      summary: 'Jobs, newest first',
      policy: GATEWAYS.read,
      query: ListQuery,
      answer: { status: 200, schema: CidxPage },
      run: async ({ actor, query }) => listTheirJobs(context, actor, query),
    }),
    route({
      ...single,
      url: '/api/jobs/:id',
      summary: 'One job; the beginning of its id is enough while it is unique',
      answer,
      run: async ({ actor, params }) => detail(params.id, actor),
    }),
    route({
      ...single,
      url: '/api/jobs/:id/status',
      summary: 'The same',
      answer,
      run: async ({ actor, params }) => detail(params.id, actor),
    }),
  ]
}

function cancelRoute({ jobs, store }: ServerContext): Route {
  return route({
    method: 'DELETE',
    url: '/api/jobs/:id',
    tag: 'cidx',
    summary: 'Cancels a job',
    policy: GATEWAYS.cancel,
    params: JobParam,
    answer: { status: 200, schema: Cancelled },
    run: async ({ actor, params, request }) => {
      const row = await requireJob(store, params.id, actor)
      const result = await cancelJob(store, row.id, { actor: auditActor(actor, request) })
      return {
        id: row.id,
        job_id: row.id,
        status: result === 'cancelled' ? 'cancelled' : STATUS_OF[jobs.view(row).state],
        success: true,
        message: result === 'cancelled' ? 'The job is cancelled' : 'Its worker was asked to stop',
      } satisfies Static<typeof Cancelled>
    },
  })
}

function presentSignedIn({ created_at, name, role }: AccountFacts, token: string): Static<typeof SignedIn> {
  return {
    access_token: token,
    token_type: 'bearer',
    user_id: name,
    user: { username: name, role, created_at: created_at.toISOString() },
  }
}
