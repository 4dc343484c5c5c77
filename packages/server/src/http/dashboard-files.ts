import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { problem } from '@andon/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PUBLIC } from '../policies/board.ts'
import { refuseUnknown } from './unknown-address.ts'

/** Files with a hash in their name never change: `assets/index-Dk3f9a2b.js`. */
const HASHED = /^assets\/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/
const YEAR_MS = 31_536_000_000

const NOT_BUILT = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>Andon</title>
  <h1>The dashboard is not built</h1>
  <p>The server runs, and the API answers. Build the dashboard with <code>npm run build</code>, then load this page again.</p>
  <p><a href="/docs/api">Reference of the API</a></p>
</html>
`

/** Serves the dashboard: its files, and its first page for every address without an extension that nothing else has. */
export async function serveDashboard(app: FastifyInstance, dir: string | null): Promise<void> {
  if (dir !== null) await app.register(fastifyStatic, { root: dir, serve: false, index: false, dotfiles: 'deny' })
  app.get('/*', { config: { policy: PUBLIC.dashboard } }, async (request, reply) => {
    refuseUnknown(app, request)
    const path = pathOf(request)
    if (/\.[a-zA-Z0-9]+$/.test(path)) return sendAsset(reply, dir, path)
    return sendPage(reply, dir)
  })
}

function pathOf(request: FastifyRequest): string {
  const params: unknown = request.params
  const path: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, '*') : ''
  return typeof path === 'string' ? path : ''
}

function sendAsset(reply: FastifyReply, dir: string | null, path: string): FastifyReply {
  if (dir === null) throw problem('not_found')
  return HASHED.test(path)
    ? reply.sendFile(path, { maxAge: YEAR_MS, immutable: true })
    : reply.sendFile(path, { maxAge: 0, cacheControl: true })
}

/** Looked for at each request, so that a dashboard that is built later is found. */
function sendPage(reply: FastifyReply, dir: string | null): FastifyReply {
  if (dir !== null && existsSync(join(dir, 'index.html'))) {
    return reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false })
  }
  return reply.code(200).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(NOT_BUILT)
}
