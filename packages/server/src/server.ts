import type { AddressInfo } from 'node:net'
import type { AttentionView } from '@andon/core'
import type { ProductionFloor } from '@andon/floor'
import { type Store, storeJobSource } from '@andon/store'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import type { ServerContext } from './context.ts'
import { FreshConnections } from './http/fresh-connections.ts'
import { databaseCheck, type HealthCheck, streamCheck, workChecks } from './health.ts'
import { createLog } from './log.ts'
import { QzIdentity } from './commands/qz-identity.ts'
import { Metrics } from './metrics/metrics.ts'
import { JobPresenter } from './presenters/jobs.ts'
import { PrinterPresenter } from './presenters/printers.ts'
import type { PrintingPort } from './printing-port.ts'
import { DEFAULT_SETTINGS, type ServerSettings } from './settings.ts'
import { AccessTokens } from './sign-in/access-tokens.ts'
import { Actors } from './sign-in/actors.ts'
import { identifySocket } from './sign-in/identify-socket.ts'
import { Passwords } from './sign-in/passwords.ts'
import { SignInProvider } from './sign-in/provider.ts'
import { Sessions } from './sign-in/sessions.ts'
import { SignInThrottle } from './sign-in/throttle.ts'
import { StreamHub } from './stream/hub.ts'
import { storeSource } from './stream/store-source.ts'
import { serveWebSockets } from './stream/websocket.ts'
import { WorkerHints } from './workers/hints.ts'

/** What is being answered may take so long once the server stops. */
const DRAIN_MS = 3_000
const SWEEP_MS = 50

/** What a server is made from. */
export interface ServerDeps {
  readonly store: Store
  readonly printing: PrintingPort
  /** The shop's production floor; null or missing: its routes answer that there is none. */
  readonly floor?: ProductionFloor | null
  readonly settings?: Partial<ServerSettings>
  readonly log?: Logger
  /** What has to be well besides database and stream: the embedded database, the disk. */
  readonly checks?: readonly HealthCheck[]
  /** What needs somebody, besides what the database knows; asked with each request, so it answers from memory. */
  readonly attention?: () => readonly AttentionView[]
  /** Folder of the built dashboard; null or missing: a page says how to build it. */
  readonly dashboardDir?: string | null
  /** Default `0.0.0`. */
  readonly version?: string
  /** The demonstration shop runs. Default false. */
  readonly isDemo?: boolean
  /** How often the rights of connected clients are looked at again though no notification came. Default 5 s. */
  readonly recheckMs?: number
}

/** Where to listen; by default on loopback, on a port that is free. */
export interface ListenOptions {
  readonly host?: string
  readonly port?: number
}

/** A server that is ready to listen. */
export interface AndonServer extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly hub: StreamHub
  /** The address that it answers at, such as `http://127.0.0.1:4000`. */
  listen(options?: ListenOptions): Promise<string>
  /** Ends streams with a reason, finishes what is being answered, and stops. May be called twice. */
  close(): Promise<void>
}

/** Makes a server from its parts. Nothing runs before `listen`, but what is injected into `app` is answered. */
export async function createServer(deps: ServerDeps): Promise<AndonServer> {
  const stopping = new AbortController()
  const context = createContext(deps, stopping.signal)
  const app = await createApp(context, deps.dashboardDir ?? null)
  const fresh = new FreshConnections(app.server)
  let sockets: Disposable | null = null
  let rights: AsyncDisposable | null = null
  let closing: Promise<void> | null = null

  const close = async (): Promise<void> => {
    stopping.abort()
    await rights?.[Symbol.asyncDispose]()
    await context.hub.stop()
    sockets?.[Symbol.dispose]()
    fresh.destroy()
    // A connection whose answer ends now would be kept open for another request.
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS)
    const timer = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS)
    await app.close()
    clearInterval(sweep)
    clearTimeout(timer)
  }
  const server: AndonServer = {
    app,
    hub: context.hub,
    listen: async ({ host = '127.0.0.1', port = 0 } = {}) => {
      await context.hub.start()
      // From whichever server it was done: a notification that is lost is made up for by the hub's own look.
      rights = context.store.listen(({ kind }) => {
        if (kind === 'rights' || kind === 'sweep') void context.hub.recheck()
      })
      sockets = serveWebSockets({
        server: app.server,
        hub: context.hub,
        allowedOrigins: context.settings.allowedOrigins,
        identify: identifySocket(context),
      })
      await app.listen({ host, port })
      return addressOf(app, host)
    },
    close: () => {
      closing ??= close()
      return closing
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
  return server
}

function createContext(deps: ServerDeps, stopping: AbortSignal): ServerContext {
  const { store } = deps
  const settings = { ...DEFAULT_SETTINGS, ...deps.settings }
  const log = deps.log ?? createLog()
  const accessTokens = new AccessTokens(store)
  const actors = new Actors(store, settings.sessions, accessTokens)
  const jobs = new JobPresenter(store)
  const printers = new PrinterPresenter(store, jobs)
  const hub = new StreamHub({
    source: storeSource({ store, jobs, printers }),
    present: (row) => jobs.view(row),
    log,
    refreshActors: (known) => actors.refreshAll(known),
    ...(deps.recheckMs === undefined ? {} : { recheckMs: deps.recheckMs }),
  })
  return {
    store,
    jobSource: storeJobSource(store),
    hints: new WorkerHints(store, stopping),
    printing: deps.printing,
    floor: deps.floor ?? null,
    settings,
    log,
    version: deps.version ?? '0.0.0',
    isDemo: deps.isDemo ?? false,
    checks: [databaseCheck(store), streamCheck(store, () => hub.seq), ...workChecks(store), ...(deps.checks ?? [])],
    attention: deps.attention ?? (() => []),
    actors,
    passwords: new Passwords(),
    provider: settings.provider && new SignInProvider(settings.provider),
    sessions: new Sessions(store, settings.sessions, accessTokens),
    throttle: new SignInThrottle(store),
    hub,
    metrics: new Metrics(),
    qz: new QzIdentity(deps.store),
    jobs,
    printers,
    stopping,
  }
}

function addressOf(app: FastifyInstance, host: string): string {
  const address: string | AddressInfo | null = app.server.address()
  if (address === null || typeof address === 'string') return String(address)
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${address.port}`
}
