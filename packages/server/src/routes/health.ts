import { HealthView } from '@andon/core'
import { jobStats, lastEventSeq } from '@andon/store'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { ServerContext } from '../context.ts'
import { healthReader } from '../health.ts'
import { type Route, route } from '../http/route.ts'
import { boardLines } from '../metrics/board-lines.ts'
import { BOARD, METRICS, PUBLIC } from '../policies/board.ts'
import { authorize } from '../policies/policy.ts'

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** For probes and monitoring. */
export function healthRoutes(context: ServerContext): Route[] {
  const readHealth = healthReader(context.checks, context.version)
  return [
    route({
      method: 'GET',
      url: '/healthz',
      tag: 'health',
      summary: 'Answers as long as the process serves',
      policy: PUBLIC.health,
      answer: { status: 200, schema: Type.Object({ status: Type.Literal('ok'), version: Type.String() }) },
      run: async () => ({ status: 'ok', version: context.version }),
    }),
    route({
      method: 'GET',
      url: '/readyz',
      tag: 'health',
      summary: 'Whether everything that is needed is well; 503 when this server cannot serve',
      policy: PUBLIC.health,
      answer: { status: 200, schema: HealthView },
      otherwise: [{ status: 503, schema: HealthView }],
      run: async ({ reply }) => {
        const health = await readHealth()
        if (health.status === 'down') reply.code(503)
        return health
      },
    }),
    route({
      method: 'GET',
      url: '/metrics',
      tag: 'health',
      summary: 'Figures for Prometheus; without a sign-in from loopback only',
      policy: METRICS,
      answer: { status: 200, schema: null, type: 'text/plain' },
      run: async ({ request, reply }) => {
        if (request.actor !== null || !isLocal(request)) authorize(BOARD.read, request.actor)
        return reply.type(METRICS_TYPE).send(await metricsText(context, await readHealth()))
      },
    }),
  ]
}

async function metricsText({ hub, metrics, printers, store }: ServerContext, health: HealthView): Promise<string> {
  const [stats, views, seq] = await Promise.all([jobStats(store), printers.all(), lastEventSeq(store)])
  const feedLag = Math.max(0, seq - hub.seq)
  const lines = boardLines({ stats, printers: views, streamClients: hub.clients, feedLag, health })
  return `${[...lines, ...metrics.lines()].join('\n')}\n`
}

/** A proxy on this machine that nobody has named would make all the world local. */
function isLocal({ headers, ip }: FastifyRequest): boolean {
  if (headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined) return false
  return ip === '::1' || ip.replace(/^::ffff:/, '').startsWith('127.')
}
