import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestServer } from './harness.ts'

test('closing tells the clients of the stream, and does not wait for those that never end', async () => {
  const andon = await startTestServer()
  const socket = new WebSocket(`${andon.url.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${andon.tokens.admin}` },
  })
  await once(socket, 'open')
  const events = await fetch(`${andon.url}/api/stream?topic=jobs`, {
    headers: { authorization: `Bearer ${andon.tokens.admin}` },
  })
  const { body } = await andon.call('POST', '/api/jobs', { body: { type: 'a.b' } })
  const followed = await fetch(`${andon.url}/api/jobs/${body.id}/logs?follow=true`, {
    headers: { authorization: `Bearer ${andon.tokens.admin}` },
  })
  const { port } = new URL(andon.url)
  const half = connect(Number(port), '127.0.0.1')
  half.on('error', () => {})
  await once(half, 'connect')
  const closed = once(socket, 'close')
  await andon.server.close()
  await andon.server.close()
  expect((await closed)[0]).toBe(1001)
  expect(await events.text()).toContain('event: close')
  expect(await followed.text()).not.toContain('event: end')
  await expect(fetch(`${andon.url}/healthz`)).rejects.toThrow()
  half.destroy()
  await andon[Symbol.asyncDispose]()
})

test('two servers over one database tell the same', async () => {
  const andon = await startTestServer()
  const { createServer } = await import('../src/index.ts')
  const { PRINTING } = await import('./harness.ts')
  const { createLog } = await import('../src/index.ts')
  await using other = await createServer({ store: andon.store, printing: PRINTING, log: createLog({ level: 'error' }) })
  const url = await other.listen()
  const { body: ticket } = await andon.call('POST', '/api/stream/ticket')
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?ticket=${ticket.ticket}`)
  const heard: string[] = []
  const isThere = Promise.withResolvers<void>()
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'subscribe', id: 'a', topic: 'jobs' }))
  await once(socket, 'message')
  let id = ''
  socket.on('message', (data: Buffer) => {
    heard.push(data.toString())
    if (id !== '' && heard.some((text) => text.includes(id))) isThere.resolve()
  })
  id = (await andon.call('POST', '/api/jobs', { body: { type: 'a.b' } })).body.id
  if (heard.some((text) => text.includes(id))) isThere.resolve()
  await isThere.promise
  socket.terminate()
  await other.close()
  await andon[Symbol.asyncDispose]()
})
