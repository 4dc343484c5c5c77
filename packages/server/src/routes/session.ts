import { problem, SessionInfo, SessionView, SetPassword, SignIn, SignInByLink } from '@andon/core'
import { accountById, type AccountRow, endSessionOf, listSessions } from '@andon/store'
import { Type } from 'typebox'
import { changePassword, issueStreamTicket, signIn, signInByLink } from '../commands/sign-in.ts'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { BOARD } from '../policies/board.ts'
import { SIGN_IN } from '../policies/people.ts'
import { presentSession } from '../presenters/session.ts'
import { actorOf, auditActor } from '../sign-in/actors.ts'
import { listOf, NumberParam } from './fields.ts'

/** Signing in and out, and what concerns the own session. */
export function sessionRoutes(context: ServerContext): Route[] {
  return [...signInRoutes(context), ...ownRoutes(context), ...placeRoutes(context)]
}

function signInRoutes(context: ServerContext): Route[] {
  const { sessions } = context
  return [
    route({
      method: 'POST',
      url: '/api/sign-in',
      tag: 'session',
      summary: 'Signs in by name and password',
      policy: SIGN_IN.signIn,
      body: SignIn,
      answer: { status: 200, schema: SessionView },
      run: async ({ body, request, reply }) => {
        const account = await signIn(context, body, request.ip)
        await sessions.begin(account, request, reply)
        return presentNew(context, account, request.ip)
      },
    }),
    route({
      method: 'POST',
      url: '/api/sign-in/link',
      tag: 'session',
      summary: 'Signs in by a link that works once',
      policy: SIGN_IN.signIn,
      body: SignInByLink,
      answer: { status: 200, schema: SessionView },
      run: async ({ body, request, reply }) => {
        const account = await signInByLink(context, body.link)
        await sessions.begin(account, request, reply)
        return presentNew(context, account, request.ip)
      },
    }),
    route({
      method: 'POST',
      url: '/api/sign-out',
      tag: 'session',
      summary: 'Ends the session',
      policy: SIGN_IN.signIn,
      answer: { status: 204, schema: null },
      run: async ({ request, reply }) => {
        await sessions.end(request, reply)
      },
    }),
  ]
}

function ownRoutes(context: ServerContext): Route[] {
  const { sessions, store } = context
  return [
    route({
      method: 'GET',
      url: '/api/session',
      tag: 'session',
      summary: 'Who is signed in',
      policy: SIGN_IN.read,
      answer: { status: 200, schema: SessionView },
      run: async ({ actor }) => {
        const account = await accountById(store, actor.accountId)
        if (account === null) throw problem('unauthenticated')
        return presentSession(account, actor, context)
      },
    }),
    route({
      method: 'PUT',
      url: '/api/session/password',
      tag: 'session',
      summary: 'Sets the own password, and signs out everywhere else',
      policy: SIGN_IN.own,
      body: SetPassword,
      answer: { status: 204, schema: null },
      run: async ({ actor, body, request, reply }) => {
        const account = await changePassword(context, actor, { ...body, requestId: request.id })
        await sessions.begin(account, request, reply)
      },
    }),
    route({
      method: 'POST',
      url: '/api/stream/ticket',
      tag: 'stream',
      summary: 'A ticket that opens one live stream within 30 seconds',
      policy: BOARD.stream,
      answer: { status: 200, schema: Type.Object({ ticket: Type.String() }) },
      run: async ({ actor }) => ({ ticket: await issueStreamTicket(context, actor) }),
    }),
  ]
}

function placeRoutes({ settings, store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/sessions',
      tag: 'session',
      summary: 'Where the own account is signed in; the session that asks comes first',
      policy: SIGN_IN.own,
      answer: { status: 200, schema: listOf(SessionInfo) },
      run: async ({ actor }) => {
        const { idleMs } = settings.sessions
        return { data: await listSessions(store, actor.accountId, { current: actor.sessionHash, idleMs }) }
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/sessions/:id',
      tag: 'session',
      summary: 'Signs out there; its streams end',
      policy: SIGN_IN.own,
      params: NumberParam,
      answer: { status: 204, schema: null },
      run: async ({ actor, params, request }) =>
        endSessionOf(store, actor.accountId, params.id, auditActor(actor, request)),
    }),
  ]
}

/** The session that was just begun, as its own requests will see it. */
function presentNew(context: ServerContext, account: AccountRow, address: string): SessionView {
  return presentSession(account, actorOf(account, { address }), context)
}
