import { ROLES } from '../../packages/core/src/index.ts'
import type { ServerContext } from '../../packages/server/src/context.ts'
import { documentsOf } from '../../packages/server/src/gateways/gateway.ts'
import type { RouteDocument } from '../../packages/server/src/http/route.ts'
import { apiRoutes, gatewayRoutes } from '../../packages/server/src/routes/all.ts'
import { uploadRoute } from '../../packages/server/src/routes/documents.ts'
import { page, row } from './page.ts'

const INTRODUCTION = [
  'Who may use which address. The table is made from the policies of the routes; a test tries each role on each address.',
  '',
  '- **Roles** are ranks: each may do all that the ones before it may.',
  '- **Tokens** act as their account, with its role, and need one of the scopes besides. “session” stands where only',
  '  people in a browser may: a token never signs out, nor sets a password.',
  '- **Which jobs:** from supervisor up all; below, the own ones and all prints. What somebody may not see is 404, and is',
  '  not counted, found, exported or told live either.',
  '- **What jobs carry** (input, result, contents of labels) is a permission of the account, “may read what jobs carry”, and',
  '  a token needs the scope `payloads` besides.',
  '',
]

/** The table of roles and addresses. */
export function accessPage(): string {
  // A route describes itself when it is made and uses the context only when it is called, which nobody does here.
  const context = {} as ServerContext
  const documents = [
    ...[...apiRoutes(context), uploadRoute(context)].map((route) => route.document),
    ...gatewayRoutes(context).flatMap(documentsOf),
  ]
  const byTag = Map.groupBy(documents, ({ tag }) => tag)
  return page('Access', [
    ...INTRODUCTION,
    ...[...byTag].flatMap(([tag, routes]) => [`## ${tag}`, '', ...tableOf(routes), '']),
  ])
}

function tableOf(routes: readonly RouteDocument[]): string[] {
  return [
    row(['address', 'permission', 'not signed in', ...ROLES, 'scopes of a token']),
    row(['---', '---', ...['', ...ROLES].map(() => ':-:'), '---']),
    ...routes.map(rowOf),
  ]
}

function rowOf({ method, policy, url }: RouteDocument): string {
  const { role } = policy
  const may = ROLES.map((one) => role === null || ROLES.indexOf(one) >= ROLES.indexOf(role))
  const scopes = policy.scopes.length > 0 ? policy.scopes.join(', ') : 'session'
  const marks = [role === null, ...may].map((isAllowed) => (isAllowed ? '✓' : ''))
  return row([`\`${method} ${url}\``, policy.name, ...marks, role === null ? '' : scopes])
}
