import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { PUBLIC } from '../policies/board.ts'
import { describeApi } from './openapi.ts'
import type { RouteDocument } from './route.ts'

/** Serves the document of the API and a page to read it. */
export async function addReference(
  app: FastifyInstance,
  routes: readonly RouteDocument[],
  version: string,
): Promise<void> {
  const document = describeApi(routes, version)
  const text = JSON.stringify(document)
  app.get('/api/openapi.json', { config: { policy: PUBLIC.reference } }, async (_request, reply) =>
    reply.type('application/json').header('cache-control', 'no-cache').send(text),
  )
  app.get('/api/docs', { config: { policy: PUBLIC.reference } }, async (_request, reply) => reply.redirect('/docs/api'))
  await app.register(async (page) => {
    page.addHook('onRoute', (route) => {
      route.config = { ...route.config, policy: PUBLIC.reference }
    })
    // The plug-in's type is that of the whole document; ours is made of checked schemas.
    await page.register(swagger, { mode: 'static', specification: { document: JSON.parse(text) } })
    await page.register(swaggerUi, { routePrefix: '/docs/api', uiConfig: { url: '/api/openapi.json' } })
  })
}
