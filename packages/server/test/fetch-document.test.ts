import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressGuard } from '../src/commands/address-guard.ts'
import { fetchDocument } from '../src/commands/fetch-document.ts'
import { guardedAgent, problemWithin } from '../src/commands/guarded-http.ts'

describe('the guard of addresses', () => {
  const guard = addressGuard([])

  test.each([
    '127.0.0.1',
    '127.8.8.8',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '0.0.0.0',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '[::1]',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.1.2.3',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '::127.0.0.1',
    '::ffff:0:7f00:1',
    '1234::1',
    '4000::1',
    'a000::1',
    'not an address',
    '',
  ])('refuses %s', (address) => {
    expect(guard.isAddressAllowed(address)).toBe(false)
  })

  test.each(['8.8.8.8', '172.32.0.1', '192.167.1.1', '2606:4700::1111', '::ffff:8.8.8.8', '1.1.1.1'])(
    'allows %s',
    (address) => {
      expect(guard.isAddressAllowed(address)).toBe(true)
    },
  )

  test('knows what an administrator allows', () => {
    const guard = addressGuard(['10.1.0.0/16', 'fd00::/8', '127.0.0.1', 'Files.shop.example'])
    expect(['10.1.2.3', 'fd00::5', '127.0.0.1'].every((address) => guard.isAddressAllowed(address))).toBe(true)
    expect(['10.2.0.1', '127.0.0.2'].some((address) => guard.isAddressAllowed(address))).toBe(false)
    expect(guard.isHostAllowed('files.shop.EXAMPLE')).toBe(true)
    expect(guard.isHostAllowed('other.example')).toBe(false)
  })
})

describe('fetching a document', () => {
  let web: Server
  let port: number
  let hits = 0

  beforeAll(async () => {
    web = createServer((request, response) => {
      hits += 1
      if (request.url === '/redirect') response.writeHead(302, { location: '/label.zpl' }).end()
      else if (request.url === '/missing') response.writeHead(404).end('no')
      else if (request.url === '/large') response.end(Buffer.alloc(200_000))
      else if (request.url === '/silent') return
      else response.writeHead(200, { 'content-type': 'application/zpl' }).end('^XA^XZ')
    })
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    port = (web.address() as AddressInfo).port
  })
  afterAll(() => {
    web.closeAllConnections()
    web.close()
  })

  const allowed = { allow: ['127.0.0.1'] }

  test('brings what an allowed address has', async () => {
    const document = await fetchDocument(`http://127.0.0.1:${port}/a/label%20one.zpl`, allowed)
    expect(document).toMatchObject({ contentType: 'application/zpl', name: 'label one.zpl' })
    expect(document.bytes.toString()).toBe('^XA^XZ')
  })

  test.each([
    '127.0.0.1',
    'localhost',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '127.1',
    '0.0.0.0',
  ])('never connects to %s', async (host) => {
    const before = hits
    await expect(fetchDocument(`http://${host}:${port}/`, { allow: [] })).rejects.toMatchObject({
      code: 'private_address',
      field: '/document_url',
    })
    expect(hits).toBe(before)
  })

  test('refuses as well the address that was connected to, before anything is asked', async () => {
    // A literal is not looked up: only the connection itself says where it leads.
    const before = hits
    const agent = guardedAgent({ allow: [], field: '/url' })
    const refused = await request(`http://127.0.0.1:${port}/`, { dispatcher: agent }).catch(problemWithin)
    expect(refused).toMatchObject({ code: 'private_address', field: '/url' })
    expect(hits).toBe(before)
    await agent.destroy()
  })

  test('lets a name through that is allowed, wherever it leads', async () => {
    await expect(fetchDocument(`http://localhost:${port}/`, { allow: ['localhost'] })).resolves.toBeDefined()
  })

  test.each(['file:///etc/passwd', 'ftp://example.com/a', 'gopher://x', 'nonsense', 'http://user:secret@127.0.0.1/'])(
    'refuses %s',
    async (url) => {
      await expect(fetchDocument(url, allowed)).rejects.toMatchObject({ code: 'validation_failed' })
    },
  )

  test('follows no redirect', async () => {
    await expect(fetchDocument(`http://127.0.0.1:${port}/redirect`, allowed)).rejects.toMatchObject({
      code: 'document_fetch_failed',
    })
  })

  test('tells what went wrong', async () => {
    await expect(fetchDocument(`http://127.0.0.1:${port}/missing`, allowed)).rejects.toMatchObject({
      code: 'document_fetch_failed',
    })
    await expect(fetchDocument('http://127.0.0.1:1/', allowed)).rejects.toMatchObject({ code: 'document_fetch_failed' })
    await expect(fetchDocument('http://no-such-host.invalid/', allowed)).rejects.toMatchObject({
      code: 'document_fetch_failed',
    })
  })

  test('stops at its limits', async () => {
    const large = fetchDocument(`http://127.0.0.1:${port}/large`, { ...allowed, maxBytes: 100_000 })
    await expect(large).rejects.toMatchObject({ code: 'payload_too_large' })
    const silent = fetchDocument(`http://127.0.0.1:${port}/silent`, { ...allowed, timeoutMs: 50 })
    await expect(silent).rejects.toMatchObject({ code: 'document_fetch_failed' })
  })
})
