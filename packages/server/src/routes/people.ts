import {
  AccountView,
  AuditView,
  ChangeAccount,
  CreateAccount,
  CreatedToken,
  CreateToken,
  ListParams,
  pageOf,
  Time,
  TokenView,
} from '@andon/core'
import {
  changeAccount,
  createAccount,
  listAccounts,
  listAudit,
  listTokens,
  revokeToken,
  toAccountView,
  toTokenView,
} from '@andon/store'
import { Type } from 'typebox'
import { issueToken } from '../commands/issue-token.ts'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { hasRole } from '../policies/actor.ts'
import { PEOPLE, TOKENS } from '../policies/people.ts'
import { auditActor } from '../sign-in/actors.ts'
import { createSignInLink } from '../sign-in/links.ts'
import { numberCursor } from './cursors.ts'
import { IdParam, listOf, NameParam, pageAfter } from './fields.ts'

const Link = Type.Object({ link: Type.String(), account: Type.String(), expires_at: Time })
const AuditQuery = Type.Object({
  target: Type.Optional(Type.String({ maxLength: 200 })),
  actor: Type.Optional(Type.String({ maxLength: 200 })),
  /** A verb with its noun, such as `job.cancel`, or the beginning of one, such as `job.`. */
  action: Type.Optional(Type.String({ maxLength: 100 })),
  since: Type.Optional(Time),
  until: Type.Optional(Time),
  ...ListParams,
})

/** Accounts, tokens and the audit. */
export function peopleRoutes(context: ServerContext): Route[] {
  return [...userRoutes(context), ...tokenRoutes(context), auditRoute(context)]
}

function userRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/users',
      tag: 'people',
      summary: 'Everybody who can sign in',
      policy: PEOPLE.manage,
      answer: { status: 200, schema: listOf(AccountView) },
      run: async () => ({ data: (await listAccounts(store)).map(toAccountView) }),
    }),
    route({
      method: 'POST',
      url: '/api/users',
      tag: 'people',
      summary: 'Adds a user; a link signs them in for the first time',
      policy: PEOPLE.manage,
      body: CreateAccount,
      answer: { status: 201, schema: AccountView },
      run: async ({ actor, body, request }) =>
        toAccountView(await createAccount(store, body, auditActor(actor, request))),
    }),
    route({
      method: 'PATCH',
      url: '/api/users/:name',
      tag: 'people',
      summary: 'Changes a user; a disabled one is signed out everywhere',
      policy: PEOPLE.manage,
      params: NameParam,
      body: ChangeAccount,
      answer: { status: 200, schema: AccountView },
      run: async ({ actor, params, body, request }) => {
        return toAccountView(await changeAccount(store, params.name, body, auditActor(actor, request)))
      },
    }),
    route({
      method: 'POST',
      url: '/api/users/:name/link',
      tag: 'people',
      summary: 'A link that signs the user in once within a day',
      policy: PEOPLE.manage,
      params: NameParam,
      answer: { status: 201, schema: Link },
      run: async ({ actor, params, request }) => {
        const { link, account, expiresAt } = await createSignInLink(store, params.name, auditActor(actor, request))
        return { link, account, expires_at: expiresAt.toISOString() }
      },
    }),
  ]
}

function tokenRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'GET',
      url: '/api/tokens',
      tag: 'people',
      summary: 'The own tokens; for administrators those of all',
      policy: TOKENS.own,
      answer: { status: 200, schema: listOf(TokenView) },
      run: async ({ actor }) => {
        const rows = await listTokens(store, hasRole(actor, 'admin') ? null : actor.accountId)
        return { data: rows.map(toTokenView) }
      },
    }),
    route({
      method: 'POST',
      url: '/api/tokens',
      tag: 'people',
      summary: 'Makes a token, which is shown this once',
      policy: TOKENS.own,
      body: CreateToken,
      answer: { status: 201, schema: CreatedToken },
      run: async ({ actor, body, request }) => {
        const { token, row } = await issueToken(context, actor, { body, requestId: request.id })
        return { token, view: toTokenView(row) }
      },
    }),
    route({
      method: 'DELETE',
      url: '/api/tokens/:id',
      tag: 'people',
      summary: 'Revokes a token at once; its streams end',
      policy: TOKENS.own,
      params: IdParam,
      answer: { status: 200, schema: TokenView },
      run: async ({ actor, params, request }) => {
        const owner = hasRole(actor, 'admin') ? null : actor.accountId
        const row = await revokeToken(store, params.id, owner, auditActor(actor, request))
        return toTokenView(row)
      },
    }),
  ]
}

function auditRoute({ store }: ServerContext): Route {
  return route({
    method: 'GET',
    url: '/api/audit',
    tag: 'people',
    summary: 'Who did what to what, newest first',
    policy: PEOPLE.audit,
    query: AuditQuery,
    answer: { status: 200, schema: pageOf(AuditView) },
    run: async ({ query }) => {
      const { cursor, limit = 50, ...filter } = query
      const before = numberCursor(cursor)
      const data = await listAudit(store, { ...filter, limit, ...(before === 0 ? {} : { before: String(before) }) })
      return pageAfter(data, limit, (entry) => entry.id)
    },
  })
}
