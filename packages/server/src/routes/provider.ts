import { SignInWays } from '@andon/core'
import { Type } from 'typebox'
import { beginAtProvider, CALLBACK, disconnect, returnFromProvider } from '../commands/sign-in-by-provider.ts'
import type { ServerContext } from '../context.ts'
import { type Route, type RouteSpec, route } from '../http/route.ts'
import { SIGN_IN } from '../policies/people.ts'

const Aim = Type.Object({ next: Type.Optional(Type.String({ maxLength: 2000 })) }, { additionalProperties: false })

/** A browser is on its way: what went wrong is told by the sign-in page, not as a document for programs; who
 * is signed in wanted to connect the own account. */
const TOLD_BY_PAGE: Pick<RouteSpec, 'refuse'> = {
  refuse: ({ code }, { actor }, reply) => {
    const page = actor === null ? '/sign-in?' : '/settings?tab=account&'
    void reply.redirect(`${page}problem=${code}`, 303)
  },
}

/** Signing in with a provider, and connecting the own account to it. */
export function providerRoutes(context: ServerContext): Route[] {
  return [...visitRoutes(context), ...ownRoutes(context)]
}

function visitRoutes(context: ServerContext): Route[] {
  const { provider, sessions } = context
  return [
    route({
      method: 'GET',
      url: '/api/sign-in/ways',
      tag: 'session',
      summary: 'How one may sign in here',
      policy: SIGN_IN.ways,
      answer: { status: 200, schema: SignInWays },
      run: async () => ({ provider: provider && { name: provider.settings.name } }),
    }),
    route({
      method: 'GET',
      url: '/api/sign-in/provider',
      tag: 'session',
      summary: 'Sends the browser to the provider (OpenID Connect)',
      policy: SIGN_IN.signIn,
      query: Aim,
      answer: { status: 303, schema: null },
      ...TOLD_BY_PAGE,
      run: async ({ query, request, reply }) => {
        const url = await beginAtProvider(context, { request, reply }, { next: query.next, connects: null })
        return reply.redirect(url.href, 303)
      },
    }),
    route({
      method: 'GET',
      url: CALLBACK,
      tag: 'session',
      summary: 'Where the provider sends the browser back to; begins the session',
      policy: SIGN_IN.arrive,
      answer: { status: 303, schema: null },
      ...TOLD_BY_PAGE,
      run: async ({ request, reply }) => {
        const { account, isConnected, next } = await returnFromProvider(context, { request, reply })
        if (!isConnected) await sessions.begin(account, request, reply)
        return reply.redirect(next, 303)
      },
    }),
  ]
}

function ownRoutes(context: ServerContext): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/session/identity',
      tag: 'session',
      summary: 'Begins to connect the own account to the provider; the browser goes to the address',
      policy: SIGN_IN.own,
      body: Aim,
      answer: { status: 200, schema: Type.Object({ url: Type.String() }) },
      run: async ({ actor, body, request, reply }) => {
        const aim = { next: body.next, connects: actor.accountId }
        return { url: (await beginAtProvider(context, { request, reply }, aim)).href }
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/session/identity',
      tag: 'session',
      summary: 'Takes the provider from the own account',
      policy: SIGN_IN.own,
      answer: { status: 204, schema: null },
      run: async ({ actor, request }) => disconnect(context, actor, request),
    }),
  ]
}
