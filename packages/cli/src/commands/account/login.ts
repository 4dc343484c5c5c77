import { hostname } from 'node:os'
import type { CreatedToken, Scope, SessionView } from '@andon/core'
import type { Andon } from '@andon/sdk'
import { readUserFile, userFilePath, writeUserFile } from '../../config/files.ts'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { ask } from '../ask.ts'
import { cookieFetch } from './cookie-fetch.ts'

/** Flags of `login`. */
export interface LoginFlags {
  readonly link?: string
  readonly name?: string
  readonly withToken?: boolean
}

/** The name of the first profile. */
const FIRST_PROFILE = 'default'
const HOW = 'In a script: andon login --with-token < token-file'

/** `andon login`: keeps a token for the server in the user's file, and uses it from now on. */
export async function login(session: Session, flags: LoginFlags): Promise<ExitCode> {
  const { url } = await session.connection()
  const isPlain = url.startsWith('http://') && !/^http:\/\/(localhost|127\.|\[::1\])/.test(url)
  if (isPlain) session.note(`${url} is not encrypted: password and token can be read on the way.`)
  const signedIn = flags.withToken === true ? await byToken(session, url) : await byPassword(session, url, flags)
  const file = await readUserFile(session.io)
  const name = session.flags.profile ?? session.io.env.profile ?? nameFor(file.profiles, url)
  const profile = {
    server: url,
    token: signedIn.token,
    user: signedIn.user,
    ...(signedIn.id ? { token_id: signedIn.id } : {}),
  }
  await writeUserFile(session.io, { profile: name, profiles: { ...file.profiles, [name]: profile } })
  session.note(`Signed in to ${url} as ${signedIn.user} (profile ${name}, in ${userFilePath(session.io)}).`)
  return EXIT.ok
}

interface SignedIn {
  /** Null for a token that somebody else made. */
  readonly id: string | null
  readonly token: string
  readonly user: string
}

async function byToken(session: Session, url: string): Promise<SignedIn> {
  if (session.io.stdin.isTerminal) throw new UsageError('--with-token reads the token from stdin.', HOW)
  const token = new TextDecoder().decode(await session.io.stdin.read()).trim()
  if (token === '') throw new UsageError('There was no token on stdin.', HOW)
  const { Andon: Client } = await import('@andon/sdk')
  const current = await new Client({ url, token }).session.current()
  return { id: null, token, user: current.account.name }
}

/** Signs in as a browser does, makes a token for this machine, and ends the session again. */
async function byPassword(session: Session, url: string, flags: LoginFlags): Promise<SignedIn> {
  const { Andon: Client } = await import('@andon/sdk')
  const browser = new Client({ url, fetch: cookieFetch(url) })
  const current = await signIn(session, browser, flags)
  const created = await makeToken(browser, current)
  await browser.session.signOut().catch(() => {})
  return { id: created.view.id, token: created.token, user: current.account.name }
}

async function signIn(session: Session, browser: Andon, flags: LoginFlags): Promise<SessionView> {
  if (flags.link !== undefined) return browser.session.signInByLink(secretOf(flags.link))
  const name = flags.name ?? (await ask(session, 'Name: ', { hint: HOW }))
  const password = await ask(session, 'Password: ', { hint: HOW, isHidden: true })
  return browser.session.signIn(name.trim(), password)
}

function makeToken(browser: Andon, { account }: SessionView): Promise<CreatedToken> {
  const scopes: Scope[] = ['read', 'jobs', 'printers']
  if (account.can_read_payloads) scopes.push('payloads')
  if (account.role === 'admin') scopes.push('admin')
  return browser.tokens.create({ name: `andon on ${hostname()}`.slice(0, 100), scopes })
}

/** The secret of a one-time link, which may be given whole or alone. */
function secretOf(link: string): string {
  return /[#?&/=]([\w-]{16,})$/.exec(link.trim())?.[1] ?? link.trim()
}

/** A profile that is for this server already, else a new name. */
function nameFor(profiles: Readonly<Record<string, { readonly server: string }>>, url: string): string {
  const same = Object.entries(profiles).find(([, profile]) => profile.server === url)
  if (same) return same[0]
  return FIRST_PROFILE in profiles ? new URL(url).host : FIRST_PROFILE
}
