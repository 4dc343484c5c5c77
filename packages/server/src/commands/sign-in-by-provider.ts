import { problem } from '@andon/core'
import { accountById, accountOfIdentity, type AccountRow, connectIdentity, disconnectIdentities } from '@andon/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServerContext } from '../context.ts'
import type { Actor } from '../policies/actor.ts'
import { auditActor } from '../sign-in/actors.ts'
import { rememberPending, takePending } from '../sign-in/pending.ts'
import type { SignInProvider } from '../sign-in/provider.ts'

/** Where the provider sends people back to. */
export const CALLBACK = '/api/sign-in/provider/callback'

/** Somebody who came back from the provider. */
export interface ProviderReturn {
  readonly account: AccountRow
  /** Path to go on at. */
  readonly next: string
  /** They were signed in already, and have connected their account. */
  readonly isConnected: boolean
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/**
 * Begins a sign-in at the provider, or connects the account of who is signed in; the browser goes to the address.
 *
 * @param aim.next path to go to afterwards; whatever leads elsewhere becomes the overview
 * @throws not_found without a provider; provider_unreachable
 */
export async function beginAtProvider(
  context: ServerContext,
  { request, reply }: Exchange,
  aim: { readonly next: string | undefined; readonly connects: number | null },
): Promise<URL> {
  const provider = findProvider(context)
  const base = provider.settings.publicUrl ?? `${request.protocol}://${request.host}`
  const { pending, url } = await provider.begin(`${base}${CALLBACK}`, { ...aim, next: safePath(aim.next) })
  rememberPending(request, reply, pending)
  return url
}

/**
 * Takes whom the provider sent back.
 *
 * @throws sign_in_expired, provider_refused, provider_unreachable, identity_unknown, identity_taken, account_disabled
 */
export async function returnFromProvider(context: ServerContext, exchange: Exchange): Promise<ProviderReturn> {
  const { request, reply } = exchange
  const provider = findProvider(context)
  const pending = takePending(request, reply)
  const query = request.url.split('?')[1] ?? ''
  if (new URLSearchParams(query).get('state') !== pending.state) throw problem('sign_in_expired')
  const person = await provider.finish(pending, query)
  const { next } = pending
  if (pending.connects !== null) {
    const account = await connect(context, request, { accountId: pending.connects, identity: person })
    return { account, next, isConnected: true }
  }
  const account = await accountOfIdentity(context.store, person, {
    name: `provider:${provider.settings.name}`,
    address: request.ip,
    requestId: request.id,
  })
  if (account === null) throw problem('identity_unknown')
  return { account, next, isConnected: false }
}

/**
 * Takes the provider from the own account.
 *
 * @throws last_way_in when there is no password to sign in with
 */
export async function disconnect({ store }: ServerContext, actor: Actor, request: FastifyRequest): Promise<void> {
  const account = await accountById(store, actor.accountId)
  if (account === null) throw problem('unauthenticated')
  if (account.password_hash === null) throw problem('last_way_in')
  await disconnectIdentities(store, account, auditActor(actor, request))
}

/** The account that asked to be connected must be the one that is signed in when the browser is back. */
async function connect(
  { store }: ServerContext,
  request: FastifyRequest,
  { accountId, identity }: { readonly accountId: number; readonly identity: { issuer: string; subject: string } },
): Promise<AccountRow> {
  const { actor } = request
  const account = actor?.accountId === accountId ? await accountById(store, accountId) : null
  if (actor === null || account === null) throw problem('sign_in_expired')
  await connectIdentity(store, { identity, account }, auditActor(actor, request))
  return account
}

function findProvider({ provider }: ServerContext): SignInProvider {
  if (provider === null) throw problem('not_found', { detail: 'There is no sign-in provider here' })
  return provider
}

/** Only paths of this server: a link must not lead somebody who has just signed in elsewhere. */
function safePath(next: string | undefined): string {
  if (next === undefined || !URL.canParse(next, 'http://here')) return '/'
  const { origin, pathname, search, hash } = new URL(next, 'http://here')
  const isHere = origin === 'http://here' && next.startsWith('/') && !pathname.startsWith('//')
  return isHere && !pathname.startsWith('/sign-in') ? `${pathname}${search}${hash}` : '/'
}
