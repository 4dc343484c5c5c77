import type { ServerContext } from '../context.ts'
import { cidxGateway } from '../gateways/cidx/gateway.ts'
import type { Gateway } from '../gateways/gateway.ts'
import { printServerGateway } from '../gateways/print-server/gateway.ts'
import type { Route } from '../http/route.ts'
import { alertRoutes } from './alerts.ts'
import { analyticsRoutes } from './analytics.ts'
import { boardRoutes } from './board.ts'
import { bulkRoutes } from './bulk.ts'
import { documentRoutes } from './documents.ts'
import { errorGroupRoutes } from './error-groups.ts'
import { floorErrorRoutes } from './floor-errors.ts'
import { floorPassRoutes } from './floor-passes.ts'
import { floorRuleRoutes } from './floor-rules.ts'
import { floorViewRoutes } from './floor-views.ts'
import { healthRoutes } from './health.ts'
import { jobCommandRoutes } from './job-commands.ts'
import { jobPartRoutes } from './job-parts.ts'
import { jobTypeRoutes } from './job-types.ts'
import { jobRoutes } from './jobs.ts'
import { peopleRoutes } from './people.ts'
import { poolRoutes } from './pools.ts'
import { printRoutes } from './print.ts'
import { providerRoutes } from './provider.ts'
import { printerRoutes } from './printers.ts'
import { queueRoutes } from './queues.ts'
import { qzRoutes } from './qz.ts'
import { retentionRoutes } from './retention.ts'
import { ruleRoutes } from './rules.ts'
import { scheduleRoutes } from './schedules.ts'
import { sessionRoutes } from './session.ts'
import { stationJobRoutes } from './station-jobs.ts'
import { stationRoutes } from './stations.ts'
import { streamRoutes } from './stream.ts'
import { workerLaneRoutes } from './worker-lanes.ts'
import { workerJobRoutes } from './worker-jobs.ts'
import { workerProtocolRoutes } from './worker-protocol.ts'
import { singleJobRoutes } from './worker-single.ts'
import { workerRoutes } from './workers.ts'

/** Andon's own API, in the order of the reference page. */
export function apiRoutes(context: ServerContext): Route[] {
  return [
    jobRoutes,
    jobCommandRoutes,
    bulkRoutes,
    errorGroupRoutes,
    jobPartRoutes,
    jobTypeRoutes,
    printRoutes,
    printerRoutes,
    poolRoutes,
    stationRoutes,
    stationJobRoutes,
    qzRoutes,
    queueRoutes,
    scheduleRoutes,
    documentRoutes,
    floorPassRoutes,
    floorViewRoutes,
    floorErrorRoutes,
    floorRuleRoutes,
    workerRoutes,
    workerProtocolRoutes,
    workerJobRoutes,
    workerLaneRoutes,
    singleJobRoutes,
    boardRoutes,
    analyticsRoutes,
    ruleRoutes,
    alertRoutes,
    streamRoutes,
    sessionRoutes,
    providerRoutes,
    peopleRoutes,
    retentionRoutes,
    healthRoutes,
  ].flatMap((routes) => routes(context))
}

/** Other systems' words, each at its own prefix. */
export function gatewayRoutes(context: ServerContext): Gateway[] {
  return [printServerGateway(context), cidxGateway(context)]
}
