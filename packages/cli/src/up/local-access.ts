import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Scope, SCOPES } from '@andon/core'
import { hashSecret, newSecret, TOKEN_PREFIX } from '@andon/server'
import { createToken, listAccounts, type Store, useToken } from '@andon/store'
import { makeFolders } from '@andon/store/embedded'

/** Where a running process tells the commands of this machine its address. */
const SERVER_FILE = 'server.json'
/** Where the commands of this machine find their token; only the owner may read it. */
const TOKEN_FILE = 'cli-token'

export interface RunningServer {
  readonly url: string
  readonly pid: number
}

/** Tells the commands on this machine where the server is, until it is disposed of. */
export async function announceServer(dataDir: string, server: RunningServer): Promise<AsyncDisposable> {
  const path = join(dataDir, SERVER_FILE)
  await makeFolders(dataDir)
  await writeFile(path, `${JSON.stringify(server)}\n`, { mode: 0o600 })
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}

/**
 * Makes sure that the owner of the data folder can use the commands without signing in: whoever may read the folder
 * may read the database anyway.
 */
export async function ensureLocalToken(store: Store, dataDir: string): Promise<string> {
  const path = join(dataDir, TOKEN_FILE)
  // With a database elsewhere nothing has made the folder yet.
  await makeFolders(dataDir)
  const kept = await readFile(path, 'utf8').catch(() => '')
  if (kept !== '' && (await useToken(store, hashSecret(kept.trim()))) !== null) return kept.trim()
  const token = await issueToken(store, { name: 'commands on this machine', accountName: null, scopes: SCOPES })
  await writeFile(path, `${token}\n`, { mode: 0o600 })
  await chmod(path, 0o600)
  return token
}

/** Whose token it is, and what for. */
export interface TokenWish {
  readonly name: string
  /** Null: the first administrator. */
  readonly accountName: string | null
  readonly scopes: readonly Scope[]
}

/** A token of an account. */
export async function issueToken(store: Store, { name, accountName, scopes }: TokenWish): Promise<string> {
  const accounts = await listAccounts(store)
  const account = accounts.find((one) => (accountName === null ? one.role === 'admin' : one.name === accountName))
  if (!account) throw new Error('There is no account for the token.')
  const token = newSecret(TOKEN_PREFIX)
  await createToken(
    store,
    {
      id: store.newId(),
      accountId: account.id,
      name,
      hash: hashSecret(token),
      prefix: token.slice(0, 12),
      scopes,
      expiresAt: null,
    },
    { name: 'system' },
  )
  return token
}
