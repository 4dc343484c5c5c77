import { isProblem } from '@andon/core/base'
import { type Profile, readUserFile, writeUserFile } from '../../config/files.ts'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import type { Session } from '../../session.ts'

/** `andon logout`: ends the token at the server and forgets it here, even when the server is away. */
export async function logout(session: Session): Promise<ExitCode> {
  const file = await readUserFile(session.io)
  const { profile: name } = await session.connection()
  const profile = name === null ? undefined : file.profiles[name]
  if (name === null || profile?.token === undefined) {
    throw new UsageError('You are not signed in here.', 'See where you are with: andon profile list')
  }
  await endToken(session, profile)
  const kept: Profile = { server: profile.server }
  await writeUserFile(session.io, { ...file, profiles: { ...file.profiles, [name]: kept } })
  session.note(`Signed out of ${profile.server}.`)
  return EXIT.ok
}

async function endToken(session: Session, { token, token_id: id }: Profile): Promise<void> {
  if (id === undefined || token === undefined) {
    return session.note('The token was made elsewhere and stays valid; revoke it there.')
  }
  try {
    const andon = await session.andon()
    await andon.tokens.revoke(id)
  } catch (error) {
    if (!isProblem(error)) throw error
    session.note(`The server was not told (${error.detail}). The token is valid there until it expires or is revoked.`)
  }
}
