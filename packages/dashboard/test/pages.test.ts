import { gzipSync } from 'node:zlib'
import { startVirtualPrinter } from '@andon/print'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { IdentityProvider } from '../../server/test/identity-provider.ts'
import {
  api,
  barriers,
  browserPath,
  goByKeys,
  inEachLook,
  isTooWide,
  labels,
  picture,
  type WatchedPage,
  watchedPage,
  World,
} from './world.ts'

const PASSWORD = 'a few good words'

/** First loads are counted as they travel: compressed. Charts and pages behind links are not in them. */
const FIRST_LOAD_BYTES = 150_000

// Without a browser on the machine there is nothing to look with: install Debian's chromium.
describe.skipIf(browserPath === undefined)('the dashboard in a browser', () => {
  let world: World
  let provider: IdentityProvider
  let context: BrowserContext
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    provider = await IdentityProvider.listen()
    provider.people.set('p-1', { preferred_username: 'olga', name: 'Olga Ek', groups: ['print-shop'] })
    world = await World.start({
      ANDON_OIDC_ISSUER: provider.issuer,
      ANDON_OIDC_CLIENT_ID: provider.client.id,
      ANDON_OIDC_CLIENT_SECRET: provider.client.secret,
      ANDON_OIDC_NAME: 'Shop SSO',
      ANDON_OIDC_ROLE_CLAIM: 'groups',
      ANDON_OIDC_ROLES: 'print-shop=operator',
    })
    context = await world.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
    watched = await watchedPage(context)
    page = watched.page
    page.setDefaultTimeout(25_000)
  })

  // A test that failed half-way must not leave a broken printer to the next.
  afterEach(() => world.printer.clearFault())

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await provider?.[Symbol.asyncDispose]()
  })

  const open = (path: string) => page.goto(world.base + path)
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name })
  const print = (count: number, description: string) =>
    api<{ id: string }>(page, '/api/print', { printer: 'Label 01', description, items: labels(count) })

  test('lets people in by a link once, and then by the password they chose', async () => {
    await page.goto(world.link)
    await page.getByLabel('New password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Set password' }).click()
    await heading(/All is well/).waitFor()
    const { account } = await api<{ account: { name: string } }>(page, '/api/session')

    await page.getByRole('button', { name: /account of/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('Name').fill(account.name)
    await page.getByLabel('Password').fill('something else')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText(/./).waitFor()
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await heading(/All is well/).waitFor()

    await page.goto(world.link)
    await heading('This link does not work').waitFor()
  })

  test('lets people in with the provider of the shop, and says what kept them out', async () => {
    const fresh = await world.browser.newContext({ viewport: { width: 1440, height: 900 } })
    const visitor = await fresh.newPage()
    const withProvider = visitor.getByRole('link', { name: 'Sign in with Shop SSO' })
    await visitor.goto(`${world.base}/jobs`)
    await withProvider.click()
    await visitor.getByRole('alert').getByText('The sign-in provider does not answer').waitFor()

    provider.open(`${world.base}/api/sign-in/provider/callback`)
    await withProvider.click()
    await visitor.locator('[name=login]').fill('p-1')
    await visitor.locator('[name=password]').fill('any')
    await visitor.getByRole('button', { name: 'Sign-in' }).click()
    await visitor.getByRole('button', { name: 'Continue' }).click()
    await visitor.getByRole('heading', { level: 1 }).waitFor()
    expect(await api(visitor, '/api/session')).toMatchObject({
      account: { name: 'olga', display_name: 'Olga Ek', role: 'operator' },
      must_set_password: false,
    })
    await visitor.goto(`${world.base}/settings?tab=account&problem=identity_taken`)
    await visitor.getByRole('alert').getByText('belongs to another account').waitFor()
    await visitor.getByText('Connected: you sign in with Shop SSO.').waitFor()
    await fresh.close()
  })

  test('adds a printer that answers, and says why it does not add one that is silent', async () => {
    await open('/printers')
    await page.getByText('No printers yet').waitFor()
    await page.getByRole('button', { name: 'Add printer' }).first().click()
    await page.getByLabel('Name').fill('Label 01')
    await page.getByLabel('Address').fill('ipp://127.0.0.1:1/ipp/print')
    await page.getByRole('button', { name: 'Check and add' }).click()
    await page.getByRole('button', { name: 'Add it all the same' }).waitFor()
    await page.getByLabel('Address').fill(world.printer.uri)
    await page.getByRole('button', { name: 'Check and add' }).click()
    const card = page.getByRole('article', { name: 'Label 01' })
    await card.getByText('Online').waitFor()
    await card.getByText('64 %').waitFor()
  })

  test('shows a print from its first label to its last without being asked again', async () => {
    world.printer.setSpeed(250)
    const { id } = await print(20, 'Carton labels MO-1')
    await open(`/jobs/${id}`)
    await heading('Carton labels MO-1').waitFor()
    await page
      .getByText(/^[1-9][0-9]? of 20 printed$/)
      .first()
      .waitFor()
    expect(await page.getByText('Completed', { exact: true }).count()).toBe(0)
    await page.getByText('20 of 20 printed').first().waitFor()
    await page.getByText('Completed', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: '20, BOX-20: Done' }).waitFor()
    expect(await page.getByRole('button', { name: /^[0-9]+, BOX-[0-9]+: Done$/ }).count()).toBe(20)
    world.printer.setSpeed(25)

    await page.getByRole('button', { name: '7, BOX-7: Done' }).click()
    const picture = page.getByAltText('Preview of label 7')
    // The first one starts what draws them.
    await picture.waitFor({ timeout: 60_000 })
    await page.waitForFunction(
      (image) => image instanceof HTMLImageElement && image.naturalWidth > 0,
      await picture.elementHandle(),
    )
    await page.keyboard.press('Escape')

    for (const tab of ['Logs', 'Attempts', 'Input and result', 'Resources', 'Related', 'History']) {
      await page.getByRole('link', { name: tab }).click()
      await page.locator(`nav[aria-label="Details"] a[aria-current=page]`, { hasText: tab }).waitFor()
    }
    await page.getByText('Created').first().waitFor()
  })

  test('prints again from a label as a new job that is linked', async () => {
    const { id } = await print(5, 'Pallet labels MO-2')
    await open(`/jobs/${id}`)
    await page.getByText('Completed', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Reprint' }).click()
    await page.getByRole('menuitem', { name: /from item/ }).click()
    await page.getByLabel('First item').fill('4')
    await page.getByRole('button', { name: 'Reprint from 4' }).click()
    await page.getByRole('button', { name: 'Print 2 labels' }).click()
    await page.waitForURL((url) => url.pathname.startsWith('/jobs/') && !url.pathname.endsWith(id))
    await page.getByText('2 of 2 printed').first().waitFor()
    await page.getByRole('link', { name: 'Related' }).click()
    await page.getByText('Pallet labels MO-2').nth(1).waitFor()
  })

  test('finds jobs by tabs, words and the keyboard, and keeps the view in the address', async () => {
    await open('/jobs')
    await page.locator('[data-job]').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('state:compleetd')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /Did you mean/ }).click()
    await page.waitForURL((url) => url.searchParams.get('q') === 'state:completed')
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: /^Failed/ }).click()
    await page.getByText('No job matches').waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBe('state:failed')
    await page.getByRole('button', { name: /state:failed/ }).click()
    await page.locator('[data-job]').first().waitFor()

    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByText('1 job selected').waitFor()
    await page.getByText('Updates paused').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/jobs\/[0-9a-f-]{36}/)
    const csv = await page.request.get(`${world.base}/api/jobs/export.csv?q=state:completed`)
    expect((await csv.text()).split('\r\n')[0]).toContain('type')
  })

  test('collects new rows, and cancels what is selected after saying what that does', async () => {
    world.printer.setFault('media-empty')
    await open('/jobs')
    await page.locator('[data-job]').first().waitFor()
    const before = await page.locator('[data-job]').count()
    const made = [await print(3, 'Shelf labels MO-3'), await print(3, 'Shelf labels MO-4')]
    const collector = page.getByRole('button', { name: /2 new/ })
    await collector.waitFor()
    expect(await page.locator('[data-job]').count()).toBe(before)
    await collector.click()
    for (const { id } of made) await page.locator(`[data-job="${id}"]`).getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Cancel 2' }).click()
    await page.getByRole('dialog', { name: 'Cancel 2 jobs?' }).waitFor()
    await page.getByRole('button', { name: 'Cancel 2 jobs' }).click()
    await page.getByRole('dialog', { name: 'Done' }).getByText('2 cancelled').waitFor()
    await page.keyboard.press('Escape')
    world.printer.clearFault()
  })

  test('says at the job why its printer stands still, and prints again only what did not come out', async () => {
    world.printer.setSpeed(200)
    const { id } = await print(30, 'Crate labels MO-5')
    await open(`/jobs/${id}`)
    await page
      .getByText(/^[1-9][0-9]? of 30 printed$/)
      .first()
      .waitFor()
    world.printer.setFault('media-jam')
    const trouble = page.getByRole('region', { name: 'Label 01: Paper jam' })
    await trouble.getByText('Open the cover and lift the print head.').waitFor()
    world.printer.clearFault()
    await trouble.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Cancel this job' }).click()
    await page.getByText('Cancelled', { exact: true }).first().waitFor()
    world.printer.setSpeed(25)
    const { items } = await api<{ items: { done: number; total: number } }>(page, `/api/jobs/${id}`)
    const left = items.total - items.done
    await page.getByRole('button', { name: `Reprint the other ${left}` }).click()
    await page.waitForURL((url) => url.pathname.startsWith('/jobs/') && !url.pathname.endsWith(id))
    await page.getByText(`${left} of ${left} printed`).first().waitFor()
    await page.getByRole('link', { name: 'an earlier job' }).click()
    await page.getByText('Done again as').waitFor()
    await page.getByRole('button', { name: /^Reprint/ }).waitFor({ state: 'detached' })
  })

  test('says that the server is away, and is live again when it is back', async () => {
    await open('/')
    const pill = page.getByRole('banner').getByRole('status')
    await pill.getByText('Live', { exact: true }).waitFor()
    await context.setOffline(true)
    await pill.getByText(/Reconnecting|Stale/).waitFor()
    await context.setOffline(false)
    await pill.getByText('Live', { exact: true }).waitFor()
  })

  test('says on the overview what is the matter and what to do, and when it is over', async () => {
    await open('/')
    await heading(/All is well/).waitFor()
    world.printer.setFault('media-empty')
    await heading('1 thing needs you').waitFor()
    await page.getByRole('heading', { name: /Label 01: Out of paper/i }).waitFor()
    await page.getByRole('main').getByText('Open the printer and put in a new roll').waitFor()
    await page.waitForFunction(() => document.title.startsWith('(1!)'))
    expect(await page.locator('#favicon').getAttribute('href')).toBe('/favicon-trouble.svg')
    await page.getByRole('link', { name: /Open printer/ }).click()
    await heading('Label 01').waitFor()
    world.printer.clearFault()
    await page.getByText('Online', { exact: true }).first().waitFor()
  })

  test('pauses a printer with a reason that everybody reads, and undoes it', async () => {
    await open('/printers/Label%2001')
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByLabel('Reason').fill('Changing the roll')
    await page.getByRole('button', { name: 'Pause printer' }).click()
    await page.getByText('Changing the roll').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
  })

  test('says who stands in for a printer, and lets that be changed', async () => {
    await api(page, '/api/printers', { name: 'Spare', driver: 'virtual', uri: world.printer.uri })
    await open('/printers/Spare')
    await page.getByText('Its jobs wait until it is mended').waitFor()
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByLabel('Its waiting jobs go to').selectOption('Label 01')
    await page.getByLabel('When it has been in trouble for').selectOption('15 minutes')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Its waiting jobs go to Label 01 after 15 min').waitFor()
    await page.request.delete(`${world.base}/api/printers/Spare`, { headers: { origin: world.base } })
  })

  test('asks a person about a print that nobody can prove', async () => {
    const printer = await startVirtualPrinter({ name: 'Badge 01', speed: 25 })
    await api(page, '/api/printers', { name: 'Badge 01', driver: 'virtual', uri: printer.uri })
    printer.dieAfterDocument()
    const { id } = await api<{ id: string }>(page, '/api/print', { printer: 'Badge 01', items: labels(1) })
    await open(`/jobs/${id}`)
    await page.getByRole('heading', { name: 'Did it come out?' }).waitFor({ timeout: 60_000 })
    await page.getByText('Needs confirmation').first().waitFor()
    await page.getByRole('button', { name: 'It was printed' }).click()
    await page.getByText('Completed', { exact: true }).first().waitFor()
    await printer.close()
    await page.request.delete(`${world.base}/api/printers/Badge%2001`, { headers: { origin: world.base } })
  }, 120_000)

  test('goes everywhere by the keyboard', async () => {
    await open('/')
    await heading(/./).waitFor()
    await goByKeys(page, 'j', 'Jobs')
    await goByKeys(page, 'p', 'Printers')
    await goByKeys(page, 'f', 'Floor')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Find or do anything' }).fill('settings')
    await page.keyboard.press('Enter')
    await heading('Settings').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('shows what others wrote as text, whatever it looks like', async () => {
    const evil = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    const { id } = await api<{ id: string }>(page, '/api/jobs', {
      type: 'x.y',
      description: evil,
      subject: { type: 'order', id: evil.slice(0, 60) },
    })
    await api(page, '/api/users', { name: 'eve', display_name: evil, role: 'viewer' })
    for (const path of [`/jobs/${id}`, '/jobs', '/settings?tab=users', '/settings?tab=audit']) {
      await open(path)
      await page.getByText('<img src=x').first().waitFor()
      expect(await page.locator('img[src=x]').count(), path).toBe(0)
      expect(await page.title(), path).not.toContain('owned')
    }
  })

  test('manages users, links, tokens and sessions, and shows in the audit what was before', async () => {
    await open('/settings?tab=users')
    await page.getByRole('button', { name: 'New user' }).click()
    await page.getByLabel('Name', { exact: true }).fill('ida')
    await page.getByRole('button', { name: 'Make user' }).click()
    const link = page.getByRole('dialog').getByText(/sign-in\?link=/)
    const other = await (await world.browser.newContext()).newPage()
    await other.goto((await link.textContent()) ?? '')
    await other.getByRole('heading', { name: 'Welcome, ida' }).waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    const row = page.getByRole('listitem').filter({ hasText: 'ida' })
    await row.getByRole('button', { name: 'Change' }).click()
    await page.getByLabel('Role').selectOption('supervisor')
    await page.getByRole('button', { name: 'Save' }).click()
    await row.getByText('supervisor').waitFor()
    await open('/settings?tab=audit')
    await page.getByLabel('To what').fill('account:ida')
    const change = page.getByRole('listitem').filter({ hasText: 'account.change' })
    await change.getByText('operator').waitFor()
    await change.getByText('supervisor').waitFor()
    await page.getByLabel('Who').fill('nobody')
    await page.getByText('Nobody did anything of that kind').waitFor()

    await open('/settings?tab=tokens')
    await page.getByRole('button', { name: 'New token' }).click()
    await page.getByLabel('What is it for?').fill('ERP')
    await page.getByLabel('It expires').selectOption('')
    await page.getByRole('button', { name: 'Make token' }).click()
    await page
      .getByRole('dialog')
      .getByText(/^andon_/)
      .waitFor()
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.getByRole('listitem').filter({ hasText: 'ERP' }).getByText('never expires').waitFor()

    await other.goto(`${world.base}/settings?tab=account`)
    await other.getByText('this browser').waitFor()
    await other.context().close()
  })

  // What it sees is also kept as pictures, in `test-results/pages`.
  test('keeps nobody out: no serious barrier on any page, light, dark, and on a telephone', async () => {
    const { data } = await api<{ data: { id: string }[] }>(page, '/api/jobs?limit=1')
    const paths = {
      overview: '/',
      jobs: '/jobs',
      'jobs-by-state': '/jobs?group=state',
      'jobs-none': '/jobs?q=state:failed',
      'jobs-wrong-query': '/jobs?q=state:fialed',
      job: `/jobs/${data[0]?.id}`,
      'job-history': `/jobs/${data[0]?.id}?tab=history`,
      printers: '/printers',
      printer: '/printers/Label%2001',
      'floor-nothing': '/floor',
      settings: '/settings',
      account: '/settings?tab=account',
      tokens: '/settings?tab=tokens',
      users: '/settings?tab=users',
      audit: '/settings?tab=audit',
      board: '/board',
      missing: '/nowhere',
    }
    await inEachLook(world, context, async (seen, look) => {
      const own = await seen.context().storageState()
      await seen.context().clearCookies()
      await seen.goto(`${world.base}/sign-in?problem=identity_unknown`)
      await seen.getByRole('link', { name: 'Sign in with Shop SSO' }).waitFor()
      expect.soft(await barriers(seen), `sign-in ${look}`).toEqual([])
      await picture(seen, `sign-in-${look}`)
      await seen.context().addCookies(own.cookies)
      for (const [name, path] of Object.entries(paths)) {
        await seen.goto(world.base + path)
        await seen.getByRole('heading', { level: 1 }).waitFor()
        await seen.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
        expect.soft(await barriers(seen), `${path} ${look}`).toEqual([])
        await picture(seen, `${name}-${look}`)
        expect.soft(await isTooWide(seen), `${path} is too wide: ${look}`).toBe(false)
      }
    })
  }, 420_000)

  test('shows the wall board to a screen that has a token to read, and nothing else', async () => {
    const { token } = await api<{ token: string }>(page, '/api/tokens', { name: 'Wall', scopes: ['read'] })
    const wall = await world.browser.newContext({ viewport: { width: 1920, height: 1080 } })
    const screen = await wall.newPage()
    await screen.goto(`${world.base}/board#token=${token}`)
    await screen.getByText('Label 01').first().waitFor()
    await screen.getByText('live', { exact: true }).waitFor()
    await picture(screen, 'wall')
    await screen.goto(`${world.base}/jobs`)
    await screen.getByRole('heading', { level: 1, name: 'Sign in to Andon' }).waitFor()
    await wall.close()
  })

  test.each(['/', '/sign-in'])('loads %s in less than 150 KB of code and styles', async (path) => {
    const state = path === '/' ? await context.storageState() : undefined
    const fresh = await world.browser.newContext(state === undefined ? {} : { storageState: state })
    const first = await fresh.newPage()
    const bodies: Promise<number>[] = []
    first.on('response', (response) => {
      const isCode = /\.(js|css)$/.test(new URL(response.url()).pathname)
      const isChart = /\/charts-/.test(response.url())
      if (isCode && !isChart) bodies.push(response.body().then((body) => gzipSync(body).length))
    })
    await first.goto(world.base + path)
    await first.getByRole('heading', { level: 1 }).waitFor()
    await first.waitForLoadState('networkidle')
    const sizes = await Promise.all(bodies)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(FIRST_LOAD_BYTES)
    await fresh.close()
  })

  test('broke no rule of the content security policy and threw nothing', () => {
    expect(watched.complaints).toEqual([])
  })
})
