import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startVirtualPrinter, type VirtualPrinter } from '@andon/print'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

const require = createRequire(import.meta.url)

/** Where a Chromium may be; the first that is there is used. The one without windows takes a quarter less. */
const BROWSERS = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** The browser that the tests drive; undefined when the machine has none. */
export const browserPath: string | undefined = BROWSERS.find((path) => existsSync(path))

/** A name for this machine that browsers do not take for their own, over which they have few secrets to give. */
export const FOREIGN_NAME = 'desk.test'

const FLAGS = [
  `--host-resolver-rules=MAP ${FOREIGN_NAME} 127.0.0.1`,
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Everything that runs for the pages: the real server with its database, a real IPP printer, and a browser. */
export class World implements AsyncDisposable {
  readonly base: string
  readonly browser: Browser
  readonly link: string
  readonly printer: VirtualPrinter
  readonly #folder: string
  readonly #server: ChildProcess

  constructor(parts: Pick<World, 'browser' | 'link' | 'printer'> & { folder: string; server: ChildProcess }) {
    this.browser = parts.browser
    this.link = parts.link
    this.base = new URL(parts.link).origin
    this.printer = parts.printer
    this.#folder = parts.folder
    this.#server = parts.server
  }

  /** With further variables for `andon up`. */
  static async start(variables: Readonly<Record<string, string>> = {}): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'andon-pages-'))
    const { DATABASE_URL: _shared, ...env } = process.env
    const command = require.resolve('../../cli/bin/andon.mjs')
    const server = spawn(process.execPath, [command, 'up', '--data', join(folder, 'data'), '--port', '0'], {
      cwd: folder,
      env: { ...env, ...variables },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const link = await linkIn(server)
    const printer = await startVirtualPrinter({ name: 'Label 01', speed: 25, supplies: { ribbon: 64 } })
    const browser = await chromium.launch({ ...(browserPath ? { executablePath: browserPath } : {}), args: FLAGS })
    return new World({ browser, link, printer, folder, server })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close()
    await this.printer.close()
    const ended = once(this.#server, 'exit')
    this.#server.kill('SIGTERM')
    await ended
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** The sign-in link that `andon up` prints when it is ready. */
async function linkIn(server: ChildProcess): Promise<string> {
  let printed = ''
  for await (const chunk of server.stdout ?? []) {
    printed += String(chunk)
    const link = /https?:\/\/\S+\/sign-in\?link=\S+/.exec(printed)?.[0]
    if (link === undefined) continue
    // Read on, or the pipe would fill and block the server.
    server.stdout?.resume()
    return link
  }
  throw new Error(`andon up ended without a sign-in link: ${printed}`)
}

/** A page that remembers what it complained of. */
export interface WatchedPage {
  readonly page: Page
  readonly complaints: string[]
}

/** Opens a page that collects errors of scripts and of the content security policy. */
export async function watchedPage(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text())
  })
  return { page, complaints }
}

/** Signs in by a link for the first time, which asks for a password. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByLabel('New password').fill('a few good words')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.waitForURL(({ pathname }) => pathname === '/')
  // Before the page is there its keys do nothing.
  await page.getByRole('heading', { level: 1 }).waitFor()
}

/** Goes to a page by its keys, again until it is there: those pressed while another page is made are nobody's. */
export async function goByKeys(page: Page, key: string, heading: string): Promise<void> {
  const title = page.getByRole('heading', { level: 1, name: heading })
  await expect
    .poll(async () => {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      return title.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => false,
      )
    })
    .toBe(true)
}

/** Whether pictures are taken: drawing them takes a sixth of the time of these tests. */
const TAKES_PICTURES = process.env['ANDON_TEST_PICTURES'] === '1'

const LOOKS = [
  ['light', { colorScheme: 'light' }, 1440],
  ['telephone', { colorScheme: 'light', hasTouch: true }, 390],
  // Their colours are looked at by `barriers` in any look.
  ...(TAKES_PICTURES
    ? ([
        ['dark', { colorScheme: 'dark' }, 1440],
        ['contrast', { colorScheme: 'dark', contrast: 'more' }, 1440],
      ] as const)
    : []),
] as const

/** Looks at pages as whoever is signed in in `context`, in each way in which people have them. */
export async function inEachLook(
  world: World,
  context: BrowserContext,
  see: (page: Page, look: string) => Promise<void>,
): Promise<void> {
  const storageState = await context.storageState()
  for (const [look, options, width] of LOOKS) {
    const viewport = { width, height: 844 }
    const eyes = await world.browser.newContext({ ...options, reducedMotion: 'reduce', storageState, viewport })
    const { page, complaints } = await watchedPage(eyes)
    await see(page, look)
    expect(complaints).toEqual([])
    await eyes.close()
  }
}

/** Whether a page has to be moved sideways to be seen as a whole. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
}

/** Where the pictures of the pages are put, to be looked at; git leaves them alone. */
const PICTURES = new URL('../../../test-results/pages/', import.meta.url)

/** Keeps a picture of the whole page under a name, or of what is in sight of it; only with `ANDON_TEST_PICTURES=1`. */
export async function picture(page: Page, name: string, { isWhole = true } = {}): Promise<void> {
  if (!TAKES_PICTURES) return
  if (isWhole) await page.evaluate(() => scrollTo(0, 0))
  await page.screenshot({
    path: fileURLToPath(new URL(`${name}.png`, PICTURES)),
    fullPage: isWhole,
    animations: 'disabled',
  })
}

/** A JSON request as the signed-in page would make it. */
export async function api<T>(page: Page, path: string, body?: unknown): Promise<T> {
  const origin = new URL(page.url()).origin
  const answer = await page.request.fetch(origin + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { origin },
    ...(body === undefined ? {} : { data: body }),
  })
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`)
  return (await answer.json()) as T
}

/** Labels for a print. */
export function labels(count: number): { zpl: string; ref: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    zpl: `^XA^FO40,40^A0N,40,40^FDBox ${index + 1}^FS^XZ`,
    ref: `BOX-${index + 1}`,
  }))
}

/** Colours that people have besides those of a test. */
const COLOURS = [
  { colorScheme: 'dark', contrast: 'no-preference' },
  { colorScheme: 'dark', contrast: 'more' },
] as const

/**
 * The rules that a page breaks, of those that keep people out (axe: serious and critical): all of them in the page's
 * own look, and whether it can be read in the other colours.
 */
export async function barriers(page: Page): Promise<string[]> {
  const source = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8')
  // Through the debugger, which the content security policy does not bind.
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: source })
  await session.detach()
  const found = await broken(page)
  // A small screen has the colours of a large one.
  if (await page.evaluate(() => navigator.maxTouchPoints > 0)) return found
  const own = await page.evaluate(() => ({
    colorScheme: matchMedia('(prefers-color-scheme: dark)').matches ? ('dark' as const) : ('light' as const),
    contrast: matchMedia('(prefers-contrast: more)').matches ? ('more' as const) : ('no-preference' as const),
  }))
  for (const colours of COLOURS) {
    await page.emulateMedia(colours)
    const words = `${colours.colorScheme}, contrast ${colours.contrast}`
    found.push(...(await broken(page, ['color-contrast'])).map((rule) => `${rule} (${words})`))
  }
  await page.emulateMedia(own)
  return found
}

/** Broken rules with their places; of all that there are when none are named. */
function broken(page: Page, rules?: readonly string[]): Promise<string[]> {
  return page.evaluate(async (only) => {
    // A colour on its way to another is neither.
    const moves = document.getAnimations().filter((each) => each instanceof CSSTransition)
    await Promise.allSettled(moves.map((each) => each.finished))
    const axe = (globalThis as unknown as { axe: { run(root: Document, options: object): Promise<AxeResult> } }).axe
    // What is well needs no description, and no rule that is asked looks at style sheets as they were loaded.
    const options = { resultTypes: ['violations'], preload: false }
    const { violations } = await axe.run(document, only === undefined ? options : { ...options, runOnly: only })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  }, rules)
}

interface AxeResult {
  violations: { id: string; impact: string | null; nodes: { target: string[] }[] }[]
}
