import type { NetConnectOpts } from 'node:net'
import pg from 'pg'

/** Where the server of a database URL listens: a port, or a socket. */
export function serverAddress(url: string): NetConnectOpts {
  const { host, port } = new pg.Client({ connectionString: url })
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
}

/** The same database through another host and port. */
export function throughAddress(
  url: string,
  { host, port }: { readonly host: string; readonly port: number },
): pg.ClientConfig {
  const { database, password, user } = new pg.Client({ connectionString: url })
  return { host, port, ...(database ? { database } : {}), ...(user ? { user } : {}), ...(password ? { password } : {}) }
}
