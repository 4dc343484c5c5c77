// The library `ws` without an Andon around it, as what Andon's stream is measured beside: `node bare-server.ts`. Sends
// its port; to `{"perSecond", "seconds"}` it sends so many stamped messages to one client after the other.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { stampedMessage } from './held-jobs.ts'

/** As long as Andon's message about one job. */
const FILLER = 'x'.repeat(1_200)
const SETS_PER_SECOND = 50

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (client) => client.once('message', () => client.send('{"type":"subscribed"}')))
await once(server, 'listening')
process.on('message', (message: 'loop-delay' | { readonly perSecond: number; readonly seconds: number }) => {
  if (message !== 'loop-delay') void sendAll(message)
})
process.once('disconnect', () => process.exit())
process.send?.((server.address() as AddressInfo).port)

async function sendAll({ perSecond, seconds }: { perSecond: number; seconds: number }): Promise<void> {
  const clients = [...server.clients]
  let sent = 0
  for (let set = 1; set <= seconds * SETS_PER_SECOND; set += 1) {
    for (; sent < (set * perSecond) / SETS_PER_SECOND; sent += 1) {
      clients[sent % clients.length]?.send(JSON.stringify({ type: 'jobs', message: stampedMessage(), filler: FILLER }))
    }
    await pause(1_000 / SETS_PER_SECOND)
  }
  process.send?.('sent')
}
