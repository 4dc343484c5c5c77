import { openStore, type Store, storeJobSource, type StoreJobSource } from '@andon/store'
import { testDatabase } from '@andon/testing'
import { Andon } from '@andon/worker/node'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  api,
  barriers,
  browserPath,
  goByKeys,
  inEachLook,
  isTooWide,
  picture,
  signIn,
  type WatchedPage,
  watchedPage,
  World,
} from './world.ts'
import { retentionSettings } from './retention-settings.ts'

interface Made {
  readonly id: string
}

// Without a browser on the machine there is nothing to look with: install Debian's chromium.
describe.skipIf(browserPath === undefined)('workers and queues in a browser', { timeout: 120_000 }, () => {
  const stack = new AsyncDisposableStack()
  let databaseUrl: string
  let store: Store
  let source: StoreJobSource
  let world: World
  let context: BrowserContext
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    const database = stack.use(await testDatabase())
    databaseUrl = database.url
    store = stack.use(await openStore({ connection: databaseUrl }))
    source = storeJobSource(store)
    world = stack.use(await World.start({ DATABASE_URL: databaseUrl }))
    context = await world.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
    watched = await watchedPage(context)
    page = watched.page
    page.setDefaultTimeout(25_000)
    await signIn(page, world.link)
  }, 120_000)

  afterAll(() => stack.disposeAsync())

  const queue = (name: string) => page.getByRole('listitem', { name, exact: true })
  const create = (job: object) => api<Made>(page, '/api/jobs', job)
  const register = (name: string, types: readonly string[], slots: number) =>
    source.register({ name, kind: 'worker', host: 'mill', pid: 1, version: '0.1.0', types, slots, leaseMs: 600_000 })
  const laneOf = async (name: string): Promise<number> => {
    const { rows } = await store.pool.query<{ id: number }>("select id from lane where kind = 'queue' and name = $1", [
      name,
    ])
    return rows[0]?.id ?? 0
  }
  const claim = async (lease: Awaited<ReturnType<typeof register>>, name: string, limit: number) => {
    const laneId = await laneOf(name)
    const lanes = [{ laneId, queueIds: [laneId], limit, slot: null }]
    return source.claim(lease, { lanes, types: ['report.pdf'], limit })
  }
  const sample = (workerId: number, change: object) =>
    store.pool.query('update worker set sample = $2 where id = $1', [
      workerId,
      JSON.stringify({ cpu_percent: 12, memory_mb: 640, running: 0, waits_for: null, ...change }),
    ])

  test('says what a queue is while there is none', async () => {
    await page.goto(`${world.base}/workers`)
    await page.getByText('No queues yet').waitFor()
    await page.getByRole('region', { name: 'Workers' }).getByText('Idle').first().waitFor()
    await picture(page, 'workers-none')
  })

  test('says by itself that nobody runs a type, and stops saying so when somebody does', async () => {
    for (const of of ['north', 'south', 'east']) {
      await create({ type: 'report.pdf', queue: 'reports', description: `Report of the ${of}`, input: { of } })
    }
    await queue('reports').getByText('No worker runs report.pdf.').waitFor()
    await queue('reports').getByText('Nobody works here').waitFor()
    await picture(page, 'workers-nobody')
    const lease = await register('mill-1', ['report.pdf', 'export.csv'], 1)
    await queue('reports').getByText('No worker runs report.pdf.').waitFor({ state: 'detached' })

    const worker = page.getByRole('listitem', { name: 'mill-1' })
    await worker.getByText('0 of 1').waitFor()
    const [held] = await claim(lease, 'reports', 1)
    await worker.getByText('1 of 1').waitFor()
    await queue('reports').getByText('The worker that could run them has as many jobs as it has slots.').waitFor()
    // Its job is there with a link and its progress.
    const link = worker.getByRole('link', { name: /^Report of the north/ })
    await link.waitFor()
    await source.progress(lease, [
      {
        jobId: held?.jobId ?? '',
        fence: held?.fence ?? 0,
        progress: { percent: 40, step: 'page 4', stepsDone: 4, stepsTotal: 10, message: null, estimateSeconds: null },
      },
    ])
    await link.getByText(/4 of 10/).waitFor()
    await worker.getByText('Types and version').click()
    await worker.getByText('export.csv').waitFor()
    await link.click()
    await page.getByRole('heading', { level: 1, name: 'Report of the north' }).waitFor()
    await page.goBack()
  })

  test('says that a machine is short of CPU or memory, and that a worker was lost', async () => {
    const second = await register('mill-2', ['report.pdf'], 4)
    await sample(second.workerId, { cpu_percent: 97, waits_for: 'cpu' })
    const row = page.getByRole('listitem', { name: 'mill-2' })
    await row.getByText('Waits for CPU').waitFor()
    await row.getByText('97 %').waitFor()
    await queue('reports').getByText('On the machine of 1 of 2 workers the CPU is above its threshold.').waitFor()
    await sample(second.workerId, { memory_mb: 3_900, waits_for: 'memory' })
    await row.getByText('Waits for memory').waitFor()
    await row.getByText('3.8 GB').waitFor()

    const gone = await register('mill-3', ['report.pdf'], 2)
    await store.pool.query("update worker set lease_until = now() - interval '1 second' where id = $1", [gone.workerId])
    const lost = page.getByRole('listitem', { name: 'mill-3' })
    await lost.getByText('Lost').waitFor()
    await lost.getByText(/Look whether mill runs/).waitFor()
    await page.getByText(/is lost/).waitFor()
    await picture(page, 'workers-trouble')
  })

  test('pauses a queue with a reason that everybody reads, and undoes it', async () => {
    await page.getByRole('button', { name: 'Pause reports' }).click()
    await page.getByLabel('Reason').fill('The export server is away')
    await page.getByLabel('For how long').selectOption('1 hour')
    await picture(page, 'workers-pause', { isWhole: false })
    await page.getByRole('button', { name: 'Pause queue' }).click()
    await queue('reports')
      .getByText(/: The export server is away/)
      .waitFor()
    await queue('reports').getByText('in 59 min').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Pause reports' }).waitFor()
  })

  test('sets limits, says what is wrong with them, and shows what they hold back', async () => {
    const more = page.getByRole('button', { name: 'More for reports' })
    await more.click()
    await page.getByRole('menuitem', { name: 'Limits' }).click()
    await page.getByLabel('Jobs at once').fill('1')
    await page.getByLabel('Jobs that may wait').fill('0')
    await page.getByLabel('Starts').fill('20')
    await page.getByLabel('in', { exact: true }).selectOption('a minute')
    await page.getByRole('button', { name: 'Set limits' }).click()
    await page.getByRole('dialog').getByRole('alert').getByText(/./).waitFor()
    await page.getByLabel('Jobs that may wait').fill('100')
    await picture(page, 'workers-limits', { isWhole: false })
    await page.getByRole('button', { name: 'Set limits' }).click()
    await queue('reports').getByText('At most 1 at once · 20 starts in 1 min · 100 may wait').waitFor()
    await queue('reports').getByText('1 of 1 that may run at once do.').waitFor()
    await more.click()
    await page.getByRole('menuitem', { name: 'Limits' }).click()
    for (const label of ['Jobs at once', 'Jobs that may wait', 'Starts']) await page.getByLabel(label).fill('')
    await page.keyboard.press('Enter')
    await queue('reports').getByText('No limits of its own').waitFor()
  })

  test('drains a queue and a worker after saying what that means, and takes both back', async () => {
    await page.getByRole('button', { name: 'More for reports' }).click()
    await page.getByRole('menuitem', { name: 'Drain' }).click()
    await page
      .getByRole('dialog', { name: 'Drain reports?' })
      .getByText(/It refuses new jobs/)
      .waitFor()
    await page.getByRole('button', { name: 'Drain', exact: true }).click()
    await queue('reports').getByText('Draining', { exact: true }).waitFor()
    const origin = { headers: { origin: world.base }, data: { type: 'report.pdf', queue: 'reports' } }
    await expect.poll(async () => (await page.request.post(`${world.base}/api/jobs`, origin)).status()).toBe(429)
    await page.getByRole('button', { name: 'More for reports' }).click()
    await page.getByRole('menuitem', { name: 'Take jobs again' }).click()
    await queue('reports').getByText('It drains').waitFor({ state: 'detached' })

    const worker = page.getByRole('listitem', { name: 'mill-1' })
    await page.getByRole('button', { name: 'Drain: mill-1' }).click()
    await page
      .getByRole('dialog', { name: 'Drain mill-1?' })
      .getByText(/It finishes 1 job\./)
      .waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click()
    await worker.getByText('It finishes what it has and takes nothing new.').waitFor()
    await page.getByRole('button', { name: 'Let take jobs again: mill-1' }).click()
    await worker.getByText('Working').waitFor()
  })

  test('shows a job at work, finds its log, and stops it from its page with what it rolled back', async () => {
    const andon = stack.use(new Andon({ url: world.base, token: 'none: it works beside the database' }))
    const turns = new Turns()
    const limits = { cpuPercent: null, memoryPercent: null }
    const worker = andon.worker({ databaseUrl, name: 'mill-4', queues: ['scrapes'], ...limits }).handle(
      'scrape.web',
      async (job) => {
        job.steps(10)
        for (let number = 1; number <= 10; number += 1) {
          await turns.next(job.signal)
          job.log.info(`Fetched page ${number}`, { page: number })
          await job.step(`page ${number}`)
        }
        return {}
      },
      { cleanup: (job) => job.log.warning('Threw away what was half written') },
    )
    await worker.start()
    stack.defer(() => worker.stop())
    const { id } = await create({ type: 'scrape.web', queue: 'scrapes', description: 'Scrape the catalogue' })
    await page.goto(`${world.base}/jobs/${id}?tab=logs`)
    const log = page.getByRole('log', { name: 'Log' })
    for (const number of [1, 2, 3]) {
      turns.give()
      await log.getByText(`Fetched page ${number}`).waitFor()
      await page.getByText(`${number} of 10`).first().waitFor()
    }
    await page.getByLabel('Search the log').fill('page 2')
    await log.getByText('Fetched page 2').waitFor()
    await log.getByText('Fetched page 1').waitFor({ state: 'detached' })
    await page.getByLabel('Search the log').fill('')
    await log.getByText('Fetched page 1').waitFor()
    await picture(page, 'job-at-work')

    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Cancel/ })
      .click()
    await page.getByText('Cancelled', { exact: true }).first().waitFor()
    await log.getByText('Threw away what was half written').waitFor()
    await page.getByLabel('Lowest level').selectOption('Warnings and errors')
    await log.getByText('Fetched page 1').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'History' }).click()
    await page.getByText('Its end was asked for').waitFor()
    await picture(page, 'job-stopped')
  })

  test('is reached and used by the keyboard alone', async () => {
    await page.goto(`${world.base}/`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await goByKeys(page, 'w', 'Workers & queues')
    await page.getByRole('button', { name: 'Pause reports' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Pause reports?' }).waitFor()
    await page.getByLabel('Reason').focus()
    await page.keyboard.type('by hand')
    await page.keyboard.press('Enter')
    await queue('reports')
      .getByText(/: by hand/)
      .waitFor()
    await page.getByRole('button', { name: 'Resume reports' }).focus()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Pause reports' }).waitFor()
    await page.getByText('Types and version of mill-1').focus()
    await page.keyboard.press('Enter')
    await page.getByText('export.csv').waitFor()
  })

  test('offers a viewer nothing that the server would refuse', async () => {
    await api(page, '/api/users', { name: 'vera', role: 'viewer' })
    const { link } = await api<{ link: string }>(page, '/api/users/vera/link', {})
    const other = await world.browser.newContext()
    const { page: hers } = await watchedPage(other)
    await signIn(hers, `${world.base}/sign-in?link=${link}`)
    await hers.goto(`${world.base}/workers`)
    await hers.getByText('A job of somebody else').waitFor()
    expect(await hers.getByRole('button', { name: /Pause|Drain|More for/ }).count()).toBe(0)
    await other.close()
  })

  retentionSettings(() => ({ base: world.base, page, queueId: () => laneOf('reports'), store }))

  test('keeps nobody out: no serious barrier, light, dark, with high contrast, and on a telephone', async () => {
    await inEachLook(world, context, async (seen, look) => {
      await seen.goto(`${world.base}/workers`)
      await seen.getByRole('listitem', { name: 'mill-3' }).waitFor()
      await seen.getByRole('listitem', { name: 'reports' }).waitFor()
      expect.soft(await barriers(seen), look).toEqual([])
      expect.soft(await isTooWide(seen), `too wide: ${look}`).toBe(false)
      await picture(seen, `workers-${look}`)
      await seen.goto(`${world.base}/settings?tab=retention`)
      await seen.getByRole('button', { name: 'Archive', exact: true }).waitFor()
      expect.soft(await barriers(seen), `retention ${look}`).toEqual([])
      expect.soft(await isTooWide(seen), `retention too wide: ${look}`).toBe(false)
      await picture(seen, `retention-${look}`)
    })
  })

  test('broke no rule of the content security policy and threw nothing', () => {
    expect(watched.complaints).toEqual([])
  })
})

/** Work that goes on by one step each time it is told to. */
class Turns {
  #given = Promise.withResolvers<void>()

  give(): void {
    this.#given.resolve()
  }

  /** Waits for the next turn; fails when the work is to end. */
  async next(signal: AbortSignal): Promise<void> {
    const ended = Promise.withResolvers<never>()
    const end = (): void => ended.reject(signal.reason)
    signal.addEventListener('abort', end, { once: true })
    await Promise.race([this.#given.promise, ended.promise])
    signal.removeEventListener('abort', end)
    this.#given = Promise.withResolvers()
  }
}
