import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { ServerContext } from './context.ts'
import { documentsOf } from './gateways/gateway.ts'
import { answerBrokenRequest } from './http/broken-requests.ts'
import { guardBodies, REQUEST_LIMIT_BYTES } from './http/body.ts'
import { serveDashboard } from './http/dashboard-files.ts'
import { answerProblems, asProblem, sendProblem } from './http/problems.ts'
import { addRateLimits, limitRequests } from './http/rate-limits.ts'
import { addReference } from './http/reference-page.ts'
import type { Route } from './http/route.ts'
import { addSecurityHeaders } from './http/security.ts'
import { answerUnknown } from './http/unknown-address.ts'
import { takeUploads } from './http/upload.ts'
import { compileValidator } from './http/validation.ts'
import { apiRoutes, gatewayRoutes } from './routes/all.ts'
import { uploadRoute } from './routes/documents.ts'
import { authenticateRequests } from './sign-in/authenticate.ts'

/** How long a client may take to send its request. */
const REQUEST_TIMEOUT_MS = 120_000

/** The HTTP side of the server, ready to listen or to be injected with requests. */
export async function createApp(context: ServerContext, dashboardDir: string | null): Promise<FastifyInstance> {
  const { settings } = context
  const app = newInstance(context)
  answerProblems(app)
  answerUnknown(app)
  requirePolicies(app)
  observeRequests(app, context)
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(() => (data: unknown) => JSON.stringify(data))
  guardBodies(app)
  await addSecurityHeaders(app, { isSecure: settings.isSecure })
  await app.register(cookie)
  await addRateLimits(app)
  authenticateRequests(app, { actors: context.actors, allowedOrigins: settings.allowedOrigins })
  limitRequests(app, settings.rateLimits)
  await addRoutes(app, context)
  await serveDashboard(app, dashboardDir)
  return app
}

function newInstance({ log, settings }: ServerContext): FastifyInstance {
  const logger: FastifyBaseLogger = log
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: answerBrokenRequest,
    bodyLimit: REQUEST_LIMIT_BYTES,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: false },
    trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, asProblem(error))
    },
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (/^[/](api|gateways)[/]/.test(request.url)) reply.header('cache-control', 'no-store')
  })
  return app
}

/** A route that nobody thought about is not served. */
function requirePolicies(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    // Plug-ins serve files of the reference page and the dashboard; they name their policy for all of them later.
    if (route.config?.policy || route.url.startsWith('/docs/api')) return
    throw new Error(`${String(route.method)} ${route.url} has no policy`)
  })
}

function observeRequests(app: FastifyInstance, { log, metrics }: ServerContext): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    metrics.observe({ method: request.method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 })
    const { method, url, id } = request
    const fields = { id, method, path: url.split('?')[0], status: reply.statusCode, ms: Math.round(reply.elapsedTime) }
    log.debug({ ...fields, actor: request.actor?.name }, 'request')
  })
}

async function addRoutes(app: FastifyInstance, context: ServerContext): Promise<void> {
  const upload = uploadRoute(context)
  const routes: readonly Route[] = [...apiRoutes(context), upload]
  const gateways = gatewayRoutes(context)
  for (const route of routes) if (route !== upload) route.register(app)
  await app.register(async (scope) => {
    await takeUploads(scope)
    upload.register(scope)
  })
  for (const gateway of gateways) await app.register(gateway.register, { prefix: gateway.prefix })
  const documents = [...routes.map((route) => route.document), ...gateways.flatMap(documentsOf)]
  await addReference(app, documents, context.version)
}
