import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { messageOf } from '@andon/core/base'
import { UsageError } from '../exit.ts'
import type { Io } from '../io.ts'

/** `.andon.json` of a project, in its folder or one above: what everybody who works on it shares. Never a token. */
export interface ProjectFile {
  /** Name of a profile of the user's own file. */
  readonly profile?: string
  readonly server?: string
  readonly time?: string
  /** Where the file lies. */
  readonly path: string
}

/** One server that the user signs in to. */
export interface Profile {
  readonly server: string
  readonly token?: string
  /** Id of the token, by which signing out ends it. */
  readonly token_id?: string
  /** Who signed in. */
  readonly user?: string
}

/** `~/.config/andon/config.json`, readable by its owner only. */
export interface UserFile {
  /** The profile that is used when none is named. */
  readonly profile?: string
  readonly profiles: Readonly<Record<string, Profile>>
}

const PROJECT_FILE = '.andon.json'

/** The nearest project file; null when there is none. */
export async function readProjectFile(io: Io): Promise<ProjectFile | null> {
  const { root } = parse(io.cwd)
  for (let folder = io.cwd; ; folder = dirname(folder)) {
    const path = join(folder, PROJECT_FILE)
    const content = await readObject(path)
    if (content !== null) return projectFileOf(content, path)
    if (folder === root || folder === io.env.home) return null
  }
}

/** The user's file; empty when there is none. */
export async function readUserFile(io: Io): Promise<UserFile> {
  const content = await readObject(userFilePath(io))
  const profiles = content?.['profiles']
  return {
    ...(typeof content?.['profile'] === 'string' ? { profile: content['profile'] } : {}),
    profiles: isObject(profiles) ? Object.fromEntries(Object.entries(profiles).flatMap(profileEntry)) : {},
  }
}

/** Replaces the user's file whole, so that a reader never sees half of it, and lets only its owner read it. */
export async function writeUserFile(io: Io, file: UserFile): Promise<void> {
  const path = userFilePath(io)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.tmp`
  await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
  await chmod(draft, 0o600)
  await rename(draft, path)
}

/** Whether others than the owner may read the user's file. */
export async function isUserFileOpen(io: Io): Promise<boolean> {
  if (process.platform === 'win32') return false
  const facts = await stat(userFilePath(io)).catch(() => null)
  return facts !== null && (facts.mode & 0o077) !== 0
}

export function userFilePath(io: Io): string {
  const home = io.env.home
  const folder = io.env.configHome ?? (home === undefined ? undefined : join(home, '.config'))
  if (folder === undefined) throw new UsageError('There is no home folder for the settings.', 'Set HOME.')
  return join(folder, 'andon', 'config.json')
}

function projectFileOf(content: Readonly<Record<string, unknown>>, path: string): ProjectFile {
  if ('token' in content) {
    throw new UsageError(
      `${path} holds a token, which everybody with the project could read.`,
      'Remove it from the file, revoke it, and use: andon login',
    )
  }
  const text = (name: string) => {
    const value = content[name]
    if (value === undefined || typeof value === 'string') return value
    throw new UsageError(`${path}: "${name}" must be a text.`)
  }
  const values = { profile: text('profile'), server: text('server'), time: text('time') }
  return { path, ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) }
}

function profileEntry([name, value]: readonly [string, unknown]): (readonly [string, Profile])[] {
  if (!isObject(value) || typeof value['server'] !== 'string') return []
  const texts = ['token', 'token_id', 'user'].flatMap((key) =>
    typeof value[key] === 'string' ? [[key, value[key]]] : [],
  )
  return [[name, { server: value['server'], ...Object.fromEntries(texts) }]]
}

async function readObject(path: string): Promise<Readonly<Record<string, unknown>> | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return null
  }
  try {
    const content: unknown = JSON.parse(text)
    if (isObject(content)) return content
  } catch (cause) {
    const why = messageOf(cause)
    throw new UsageError(`${path} is not valid JSON: ${why}`, 'Correct the file, or remove it.')
  }
  throw new UsageError(`${path} must hold one JSON object.`, 'Correct the file, or remove it.')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
