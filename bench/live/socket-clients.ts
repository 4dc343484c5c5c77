// Clients of the live stream, many in one process: `node socket-clients.ts URL TOKEN`. Its parent sends one list of
// subscriptions, one for each client; it answers when all are open, and to `ages` with the ages of what they heard.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { agesIn } from './held-jobs.ts'

/** Connections that are opened at the same moment. */
const AT_ONCE = 50

const [, , url = '', token = ''] = process.argv
const ages: number[] = []
let closed = 0

process.on('message', (message: readonly object[] | 'ages') => {
  if (message === 'ages') process.send?.({ ages: ages.splice(0), closed })
  else void openAll(message).then(() => process.send?.('open'))
})
process.once('disconnect', () => process.exit())

async function openAll(subscriptions: readonly object[]): Promise<void> {
  for (let at = 0; at < subscriptions.length; at += AT_ONCE) {
    await Promise.all(subscriptions.slice(at, at + AT_ONCE).map(open))
  }
}

async function open(subscription: object): Promise<void> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false })
  socket.on('close', () => (closed += 1))
  await once(socket, 'open')
  const answered = once(socket, 'message')
  socket.send(JSON.stringify(subscription))
  await answered
  socket.on('message', (data: Buffer) => {
    for (const age of agesIn(data.toString())) ages.push(age)
  })
}
