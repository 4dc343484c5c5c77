import { VERSION } from '../../packages/cli/src/version.ts'
import type { ServerContext } from '../../packages/server/src/context.ts'
import { describeApi } from '../../packages/server/src/http/openapi.ts'
import { documentsOf } from '../../packages/server/src/gateways/gateway.ts'
import { apiRoutes, gatewayRoutes } from '../../packages/server/src/routes/all.ts'
import { uploadRoute } from '../../packages/server/src/routes/documents.ts'

/** The OpenAPI document that a running server has at /api/openapi.json. */
export function openApiText(): string {
  // A route describes itself when it is made and uses the context only when it is called, which nobody does here.
  const context = {} as ServerContext
  const routes = [...apiRoutes(context), uploadRoute(context)].map((route) => route.document)
  const documents = [...routes, ...gatewayRoutes(context).flatMap(documentsOf)]
  return `${JSON.stringify(describeApi(documents, VERSION), null, 2)}\n`
}
