import { codeOf, problem } from '@andon/core'
import { createEngine } from '@andon/engine'
import { LabelPreviewer } from '@andon/print'
import { createFirstLink, createLog, createServer, type AndonServer, type SignInLink } from '@andon/server'
import { readSettings } from '@andon/store'
import { dashboardFolder } from './dashboard.ts'
import { openDatabase } from './database.ts'
import { startFloor } from '../floor/start.ts'
import { embeddedChecks } from './health.ts'
import { announceServer, ensureLocalToken } from './local-access.ts'
import { printingPort, startPrinting } from './printing.ts'
import type { UpSettings } from './settings.ts'
import { spareMemory } from './spare-memory.ts'
import { isRemovedSetting } from '../demo/command.ts'
import { DEMO_SETTING } from '../demo/mark.ts'
import { openDemoDevices, startDemo } from '../demo/shop.ts'
import { bulkWork } from '../own-work/bulk/work.ts'
import { maintenanceWork } from '../own-work/maintenance/work.ts'
import { mailer } from '../own-work/notify/mail.ts'
import { notifyWork } from '../own-work/notify/work.ts'
import { startOwnWork } from '../own-work/start.ts'
import { VERSION } from '../version.ts'

/** Which parts a process brings up. */
export interface UpRoles {
  /** HTTP API, live stream, dashboard, and the engine's loops. */
  readonly server: boolean
  /** Drives the printers that have no station. */
  readonly printing: boolean
}

/** A process that is up. */
export interface Running extends AsyncDisposable {
  /** Null without the server's part. */
  readonly url: string | null
  /** The link for the first visit; null once somebody has a password. */
  readonly link: SignInLink | null
  /** The demonstration shop is open: it was asked for, and nobody removed it. */
  readonly isDemo: boolean
}

/** Brings up the chosen parts in order; disposing of the result takes them down in the opposite one. */
export async function runUp(settings: UpSettings, roles: UpRoles): Promise<Running> {
  await using parts = new AsyncDisposableStack()
  const log = createLog({
    level: settings.logLevel,
    destination: process.stderr,
    secretFields: settings.logSecrets,
  })
  const database = parts.use(await openDatabase(settings, log))
  const { store } = database
  const isDemo = settings.isDemo && !isRemovedSetting((await readSettings(store)).get(DEMO_SETTING))
  const link = await createFirstLink(store)
  const devices = isDemo ? parts.use(await openDemoDevices(store)) : null
  const printing = roles.printing
    ? parts.use(await startPrinting(store, roles.server ? 'server' : 'worker', log))
    : null
  if (!roles.server) return running(parts.move(), { url: null, link: null, isDemo })

  const floor = await startFloor(database, { plan: settings.floor, log })
  if (floor) parts.use(floor)
  const engine = createEngine({ store, log })
  parts.defer(() => engine.stop())
  engine.start()
  const server = await createServer({
    store,
    floor: floor?.floor ?? null,
    printing: printingPort(printing?.fleet ?? null, parts.use(new LabelPreviewer())),
    log,
    version: VERSION,
    isDemo,
    dashboardDir: dashboardFolder(),
    checks: [...embeddedChecks(database), ...(floor ? [floor.check] : [])],
    attention: () => floor?.attention() ?? [],
    settings: {
      trustedProxies: settings.trustedProxies,
      isSecure: settings.trustedProxies.length > 0,
      canMail: settings.mail !== null,
      allowedWebhookHosts: settings.webhookHosts,
      provider: settings.provider,
    },
  })
  parts.defer(() => server.close())
  spareMemory()
  const url = await listen(server, settings)
  const notify = notifyWork({
    store,
    mailer: settings.mail === null ? null : mailer(settings.mail),
    dashboardUrl: settings.publicUrl ?? url,
    allow: settings.webhookHosts,
  })
  parts.use(await startOwnWork(store, { log, works: [notify, bulkWork(store), maintenanceWork(store)] }))
  await ensureLocalToken(store, settings.dataDir)
  parts.use(await announceServer(settings.dataDir, { url, pid: process.pid }))
  if (devices) parts.use(await startDemo(devices, { floor: floor?.databases ?? null, store, serverUrl: url, log }))
  return running(parts.move(), { url, link, isDemo })
}

function running(parts: AsyncDisposableStack, facts: Omit<Running, typeof Symbol.asyncDispose>): Running {
  return { ...facts, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}

async function listen(server: AndonServer, { host, port }: UpSettings): Promise<string> {
  try {
    return await server.listen({ host, port })
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error
    const why = code === 'EADDRINUSE' ? 'another process listens there' : 'this process may not listen there'
    throw problem('config_invalid', {
      detail: `The server cannot listen at ${host}:${port}: ${why}.`,
      field: '--port',
      hint: 'Choose another port with --port, or 0 for one that is free; choose the address with --host.',
      cause: error,
    })
  }
}
