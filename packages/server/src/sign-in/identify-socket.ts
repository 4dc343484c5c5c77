import type { IncomingMessage } from 'node:http'
import type { Actor } from '../policies/actor.ts'
import type { Actors } from './actors.ts'

/**
 * Finds out who opens a socket: by a ticket of the address, which is used up, or by a token in the header, which only
 * programs can send. Cookies do not count, since a strange page's socket would carry them along.
 */
export function identifySocket({
  actors,
}: {
  readonly actors: Actors
}): (request: IncomingMessage, ticket: string | null) => Promise<Actor | null> {
  return async (request, ticket) => {
    const address = request.socket.remoteAddress ?? ''
    if (ticket !== null) return actors.byTicket(ticket, address)
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    return token === undefined ? null : actors.byToken(token, address)
  }
}
