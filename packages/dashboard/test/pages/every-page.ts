import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { api, barriers, inEachLook, isTooWide, picture } from '../world.ts'
import type { Visit } from './visit.ts'

/** First loads are counted as they travel: compressed. Charts and pages behind links are not in them. */
const FIRST_LOAD_BYTES = 150_000

/** All pages one after another: whom they keep out, what they weigh, and what they broke. */
export function everyPage(visit: Visit): void {
  // What it sees is also kept as pictures, in `test-results/pages`.
  test('keeps nobody out: no serious barrier on any page, light, dark, and on a telephone', async () => {
    const { context, page, world } = visit
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
      limits: '/settings?tab=limits',
      catalogue: '/settings?tab=catalogue',
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
    const { page, world } = visit
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
    const { context, world } = visit
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
    const { watched } = visit
    expect(watched.complaints).toEqual([])
  })
}
