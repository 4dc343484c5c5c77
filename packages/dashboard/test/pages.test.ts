import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { everyPage } from './pages/every-page.ts'
import { framePages } from './pages/frame.ts'
import { jobPages } from './pages/jobs.ts'
import { printingPages } from './pages/printing.ts'
import { settingsPages } from './pages/settings.ts'
import { signInPages } from './pages/sign-in.ts'
import { Visit } from './pages/visit.ts'
import { browserPath } from './world.ts'

// Without a browser on the machine there is nothing to look with: install Debian's chromium.
describe.skipIf(browserPath === undefined)('the dashboard in a browser', () => {
  const visit = new Visit()
  beforeAll(() => visit.begin())

  // A test that failed half-way must not leave a broken printer to the next.
  afterEach(() => visit.world.printer.clearFault())

  afterAll(() => visit[Symbol.asyncDispose]())

  // One server and one browser for all of them, so in an order: each finds what those before it left.
  signInPages(visit)
  printingPages(visit)
  jobPages(visit)
  framePages(visit)
  settingsPages(visit)
  everyPage(visit)
})
