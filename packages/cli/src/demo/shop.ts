import type { FloorDatabases } from '@andon/floor'
import { startVirtualPrinter, type VirtualPrinter } from '@andon/print/virtual'
import {
  changeAccount,
  changePrinter,
  createAccount,
  createPool,
  createPrinter,
  findAccount,
  findPrinter,
  importFinished,
  indexJobs,
  internTypes,
  listPools,
  readSettings,
  type Store,
  writeSetting,
} from '@andon/store'
import { Andon } from '@andon/sdk'
import type { Logger } from 'pino'
import { issueToken } from '../up/local-access.ts'
import { DEMO_POOL, DEMO_PRINTERS, type DemoPrinter } from './catalogue.ts'
import { Chance } from './chance.ts'
import { DemoErp, nextOrder } from './erp.ts'
import { workTheFloor } from './floor.ts'
import { demoHistory } from './history.ts'
import { DEMO_ACCOUNT, DEMO_ACTOR, DEMO_SETTING } from './mark.ts'
import { troubleNowAndThen } from './trouble.ts'
import { until } from './wait.ts'
import { workInBackground } from './work/work.ts'

export interface DemoOptions {
  readonly store: Store
  readonly serverUrl: string
  /** Null where there is no floor to work on. */
  readonly floor: FloorDatabases | null
  readonly log: Logger
}

/** The printers of the shop, switched on. */
export interface DemoDevices extends AsyncDisposable {
  readonly printers: readonly VirtualPrinter[]
}

/** With so many waiting the ERP holds its orders back: a newcomer should see batches end. */
const WAITING_LIMIT = 8

/** Switches the shop's printers on. They outlive whoever drives them, so that what is under way comes to its end. */
export async function openDemoDevices(store: Store): Promise<DemoDevices> {
  await ensurePool(store)
  const printers = await Promise.all(DEMO_PRINTERS.map((printer) => openPrinter(store, printer)))
  return {
    printers,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(printers.map((printer) => printer.close()))
    },
  }
}

/** Opens the shop: two weeks of history, an ERP that goes on ordering, and trouble now and then. */
export async function startDemo({ printers }: DemoDevices, options: DemoOptions): Promise<AsyncDisposable> {
  const { floor, store, serverUrl, log } = options
  const chance = new Chance()
  const stop = new AbortController()
  if (!hasHistory((await readSettings(store)).get(DEMO_SETTING))) await fillHistory(store, chance)
  await ensureAccount(store)
  const token = await issueToken(store, {
    name: 'demonstration ERP',
    accountName: DEMO_ACCOUNT,
    scopes: ['gateway', 'jobs', 'read', 'worker'],
  })
  const erp = new DemoErp({ serverUrl, token })
  const andon = new Andon({ url: serverUrl, token })
  const { signal } = stop
  const loops = [
    ...(floor ? [workTheFloor({ andon, chance, databases: floor, log, signal })] : []),
    order(erp, chance, { signal: stop.signal, log }),
    workInBackground({ serverUrl, token, chance, log, signal }),
    troubleNowAndThen(printers, chance, stop.signal),
    wearSupplies(printers, stop.signal),
  ]
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await Promise.all(loops)
      andon.close()
    },
  }
}

function hasHistory(setting: unknown): boolean {
  return typeof setting === 'object' && setting !== null && 'since' in setting
}

async function ensurePool(store: Store): Promise<void> {
  const pools = await listPools(store)
  if (!pools.some(({ name }) => name === DEMO_POOL)) await createPool(store, DEMO_POOL, DEMO_ACTOR)
}

/** Virtual printers take a free port at each start, so a printer of an earlier start gets its new address. */
async function openPrinter(store: Store, { name, kind, location, pool, device }: DemoPrinter): Promise<VirtualPrinter> {
  const printer = await startVirtualPrinter({ name, ...device })
  const known = await findPrinter(store, name)
  if (known) await changePrinter(store, known.id, { uri: printer.uri }, DEMO_ACTOR)
  else {
    const facts = { name, kind, location, uri: printer.uri, driver: 'virtual', is_demo: true } as const
    await createPrinter(store, { ...facts, ...(pool === null ? {} : { pool }) }, DEMO_ACTOR)
  }
  return printer
}

async function ensureAccount(store: Store): Promise<void> {
  const known = await findAccount(store, DEMO_ACCOUNT)
  if (known?.disabled_at) await changeAccount(store, DEMO_ACCOUNT, { is_disabled: false }, DEMO_ACTOR)
  if (known) return
  await createAccount(store, { name: DEMO_ACCOUNT, display_name: 'Demonstration ERP', role: 'operator' }, DEMO_ACTOR)
}

async function fillHistory(store: Store, chance: Chance): Promise<void> {
  const type = (await internTypes(store, ['print.label'])).get('print.label')
  const labelPrinters = DEMO_PRINTERS.filter(({ kind }) => kind === 'label')
  const rows = await Promise.all(labelPrinters.map(({ name }) => findPrinter(store, name)))
  const printerIds = rows.flatMap((row) => (row ? [row.id] : []))
  if (!type || printerIds.length === 0) return
  const jobs = demoHistory({ typeId: type.id, printerIds, nowMs: Date.now() }, chance)
  await importFinished(store, jobs)
  await indexJobs(
    store,
    jobs.map(({ id }) => id),
  )
  await writeSetting(store, DEMO_SETTING, { since: new Date().toISOString() }, DEMO_ACTOR)
}

async function order(
  erp: DemoErp,
  chance: Chance,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Logger },
): Promise<void> {
  for (let number = 8_001; !signal.aborted; number += 1) {
    try {
      if ((await erp.waiting(signal)) < WAITING_LIMIT) await erp.send(nextOrder(chance, number), signal)
    } catch (error) {
      if (!signal.aborted) log.warn({ error }, 'the demonstration ERP could not place an order')
    }
    await until(number < 8_004 ? 1_000 : chance.between(6_000, 18_000), signal)
  }
}

/** Ribbon and toner run low over the hours, and are changed when they are out. */
async function wearSupplies(printers: readonly VirtualPrinter[], signal: AbortSignal): Promise<void> {
  const levels = new Map(DEMO_PRINTERS.map(({ name, device }) => [name, { ...device.supplies }]))
  while (!signal.aborted) {
    await until(30_000, signal)
    for (const printer of printers) {
      for (const [supply, level] of Object.entries(levels.get(printer.name) ?? {})) {
        const left = level > 2 ? level - 1 : 100
        levels.set(printer.name, { ...levels.get(printer.name), [supply]: left })
        printer.setSupply(supply, left)
      }
    }
  }
}
