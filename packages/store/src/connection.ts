import type { Pool, PoolClient } from 'pg'

/**
 * Borrows a connection for a piece of work that needs one of its own. When the work fails the connection is closed,
 * which rolls back whatever it was in the middle of.
 *
 * The server may go away meanwhile. `pg` then fails the running query and also emits an `error` on the client, which
 * ends the process when nobody listens: a pool listens to its idle connections only.
 */
export async function withConnection<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  client.on('error', toldByTheQuery)
  let result: T
  try {
    result = await work(client)
  } catch (error) {
    client.release(true)
    throw error
  }
  client.off('error', toldByTheQuery)
  client.release()
  return result
}

function toldByTheQuery(): void {}
