import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { PIXEL, type TestServer } from './harness.ts'

const PDF = Buffer.from('%PDF-1.4\n1 0 obj << /Type /Page >> endobj\ntrailer\n%%EOF\n')

/** Documents and what is printed of them, at a server that has the printer "Badge 01". */
export function documents(server: () => TestServer): void {
  const post = (path: string, body: unknown = {}, as = 'admin') => server().call('POST', path, { body, as })

  describe('documents', () => {
    const upload = (bytes: Uint8Array<ArrayBuffer>, type: string, name = 'order.pdf') =>
      server().call('POST', `/api/documents?name=${encodeURIComponent(name)}`, {
        raw: bytes,
        headers: { 'content-type': type },
      })

    test('are kept when they are what they say, and shown page by page', async () => {
      const made = await upload(PDF, 'application/pdf')
      expect(made.status).toBe(201)
      expect(made.body).toMatchObject({
        name: 'order.pdf',
        content_type: 'application/pdf',
        size_bytes: PDF.length,
        pages: 1,
        created_by: 'admin',
      })
      expect((await server().call('GET', `/api/documents/${made.body.id}`)).body).toEqual(made.body)
      expect((await server().call('GET', `/api/documents/${made.body.id}/preview/1`)).body).toEqual(PIXEL)
      expect((await server().call('GET', `/api/documents/${made.body.id}/preview/9`)).body).toMatchObject({
        code: 'validation_failed',
        field: 'page',
        allowed: '1 to 1',
      })
      expect((await server().call('GET', `/api/documents/${made.body.id}`, { as: 'operator' })).body).toMatchObject({
        code: 'document_not_found',
      })
      const printed = await post('/api/print', { printer: 'Badge 01', document_id: made.body.id, copies: 2 })
      expect((await server().call('GET', `/api/jobs/${printed.body.id}`)).body).toMatchObject({
        type: 'print.document',
        input: { copies: 2, document_id: made.body.id },
      })
      expect(
        (await post('/api/print', { printer: 'Badge 01', document_id: made.body.id, items: [{ data: { a: 'x' } }] }))
          .body,
      ).toMatchObject({ code: 'unsupported_format', field: '/document_id' })
    })

    test('come as forms too', async () => {
      const form = new FormData()
      form.set('file', new File([PDF], 'from a form.pdf', { type: 'application/pdf' }))
      const made = await server().call('POST', '/api/documents', { raw: form })
      expect(made.body).toMatchObject({ name: 'from a form.pdf', pages: 1 })
      const empty = new FormData()
      empty.set('note', 'no file')
      expect((await server().call('POST', '/api/documents', { raw: empty })).body).toMatchObject({
        code: 'validation_failed',
        field: '/file',
      })
    })

    test('that are none, too large, or of a strange type are refused', async () => {
      expect((await upload(Buffer.from('no pdf at all'), 'application/pdf')).body).toMatchObject({
        code: 'invalid_pdf',
        status: 400,
      })
      expect((await upload(Buffer.from('hello'), 'application/zpl')).body).toMatchObject({ code: 'invalid_zpl' })
      expect((await upload(Buffer.from('MZ'), 'application/x-msdownload')).body).toMatchObject({
        code: 'unsupported_format',
      })
      expect((await upload(Buffer.from('x'), 'text/plain', 'a\0b')).body).toMatchObject({
        code: 'nul_character',
        field: 'name',
      })
      expect((await upload(Buffer.alloc(60 * 1024 * 1024), 'application/pdf')).body).toMatchObject({
        code: 'payload_too_large',
        status: 413,
      })
      for (const [type, raw] of [
        ['multipart/form-data; boundary=x', '--x\r\nContent-Dis'],
        ['multipart/form-data', '--x\r\n\r\nhello\r\n--x--\r\n'],
      ] as const) {
        const broken = await server().call('POST', '/api/documents', { raw, headers: { 'content-type': type } })
        expect(broken.body, raw).toMatchObject({ code: 'bad_request', status: 400, field: '/file' })
      }
      const form = new FormData()
      form.set('file', new File([Buffer.alloc(60 * 1024 * 1024)], 'large.pdf', { type: 'application/pdf' }))
      expect((await server().call('POST', '/api/documents', { raw: form })).body).toMatchObject({
        code: 'payload_too_large',
        status: 413,
      })
    })

    test('are templates for labels', async () => {
      const made = await upload(Buffer.from('^XA^FO1,1^FD{{lot}}^FS^XZ'), 'application/zpl', 'template.zpl')
      const good = await post('/api/print', {
        printer: 'Badge 01',
        document_id: made.body.id,
        items: [{ data: { lot: 'L1' } }, { data: { lot: 2 } }],
      })
      expect(good.status).toBe(201)
      expect((await server().call('GET', `/api/jobs/${good.body.id}/items/1/preview`)).status).toBe(200)
      const wrong = await post('/api/print', {
        printer: 'Badge 01',
        document_id: made.body.id,
        items: [{ data: { lot: 'L1' } }, { data: { box: 1 } }],
      })
      expect(wrong.body).toMatchObject({ code: 'validation_failed', field: '/items/1/data/lot' })
    })

    test('are fetched from addresses that are allowed', async () => {
      const web: Server = createServer((_request, response) =>
        response.writeHead(200, { 'content-type': 'application/pdf' }).end(PDF),
      )
      await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
      const port = (web.address() as AddressInfo).port
      const made = await post('/api/print', { printer: 'Badge 01', document_url: `http://127.0.0.1:${port}/order.pdf` })
      web.closeAllConnections()
      web.close()
      expect(made.status).toBe(201)
      expect((await server().call('GET', `/api/jobs/${made.body.id}`)).body).toMatchObject({ description: 'order.pdf' })
    })
  })
}
