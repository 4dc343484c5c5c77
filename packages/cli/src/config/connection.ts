import { UsageError } from '../exit.ts'
import type { Io } from '../io.ts'
import { isUserFileOpen, type Profile, readProjectFile, readUserFile, userFilePath } from './files.ts'
import { findLocalServer, isLoopback } from './local-server.ts'

/** Which server a command speaks to, and as whom. */
export interface Connection {
  /** Name of the profile it comes from; null when it comes from none. */
  readonly profile: string | null
  /** Where the address comes from, in words. */
  readonly source: string
  /** Null: without a token. */
  readonly token: string | null
  /** Where the token comes from, in words; null without one. */
  readonly tokenSource: string | null
  readonly url: string
}

const DEFAULT_URL = 'http://127.0.0.1:7400'

interface Address {
  readonly isFromProject?: boolean
  readonly profile: string | null
  readonly source: string
  readonly url: string
}

/**
 * Flag before environment before project file before user file before the server that runs on this machine.
 *
 * A token only ever goes to the server it belongs to: that of a profile to the server of this profile, that of
 * `ANDON_TOKEN` not to a server that only a project file names, since a file that came with somebody else's project
 * could name any.
 */
export async function findConnection(
  io: Io,
  flags: { readonly profile?: string; readonly server?: string },
): Promise<Connection> {
  const user = await readUserFile(io)
  const address = await findAddress(io, flags, user)
  const url = normalUrl(address.url, address.source)
  if (io.env.token !== undefined) {
    if (!address.isFromProject) return { ...address, url, token: io.env.token, tokenSource: 'ANDON_TOKEN' }
    throw new UsageError(
      `ANDON_TOKEN is not sent to ${url}, which only a project file names.`,
      'If that server is yours, set ANDON_SERVER as well.',
    )
  }
  const known = profileFor(user.profiles, address.profile, url)
  if (known?.profile.token !== undefined) {
    if (await isUserFileOpen(io))
      throw new UsageError(`${userFilePath(io)} can be read by others.`, `Run: chmod 600 ${userFilePath(io)}`)
    const tokenSource = `profile ${known.name}`
    return { ...address, url, profile: known.name, token: known.profile.token, tokenSource }
  }
  const local = await findLocalServer(io)
  const isLocal = local !== null && local.token !== null && isLoopback(url) && normalUrl(local.url, '') === url
  return { ...address, url, token: isLocal ? local.token : null, tokenSource: isLocal ? local.tokenPath : null }
}

async function findAddress(
  io: Io,
  flags: { readonly profile?: string; readonly server?: string },
  user: Awaited<ReturnType<typeof readUserFile>>,
): Promise<Address> {
  const named = (name: string, source: string): Address => {
    const profile = user.profiles[name]
    if (profile) return { url: profile.server, profile: name, source: `profile ${name} (${source})` }
    throw new UsageError(`There is no profile "${name}" (${source}).`, 'See them with: andon profile list')
  }
  if (flags.server !== undefined) return { url: flags.server, profile: null, source: '--server' }
  if (flags.profile !== undefined) return named(flags.profile, '--profile')
  if (io.env.serverUrl !== undefined) return { url: io.env.serverUrl, profile: null, source: 'ANDON_SERVER' }
  if (io.env.profile !== undefined) return named(io.env.profile, 'ANDON_PROFILE')
  const project = await readProjectFile(io)
  if (project?.server !== undefined) {
    return { url: project.server, profile: null, source: project.path, isFromProject: true }
  }
  if (project?.profile !== undefined) return named(project.profile, project.path)
  if (user.profile !== undefined) return named(user.profile, userFilePath(io))
  const local = await findLocalServer(io)
  if (local !== null) return { url: local.url, profile: null, source: local.path }
  return { url: DEFAULT_URL, profile: null, source: 'default' }
}

/** The profile that was chosen, or one that is for just this server. */
function profileFor(
  profiles: Readonly<Record<string, Profile>>,
  chosen: string | null,
  url: string,
): { readonly name: string; readonly profile: Profile } | null {
  const entries = Object.entries(profiles).map(([name, profile]) => ({ name, profile }))
  if (chosen !== null) return entries.find(({ name }) => name === chosen) ?? null
  return entries.find(({ name, profile }) => normalUrl(profile.server, `profile ${name}`) === url) ?? null
}

/** The address without a slash at its end. */
function normalUrl(text: string, source: string): string {
  const written = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(written) ? new URL(written) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UsageError(`"${text}" is not the address of a server (${source}).`, `It looks like ${DEFAULT_URL}`)
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}
