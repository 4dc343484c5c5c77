import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** What every page needs of others: long tables and lists of many pages are on few of them. */
const BASE =
  /node_modules\/(react|react-dom|scheduler|@tanstack\/(?!.*(virtual|InfiniteQuery|infiniteQueryObserver)).*)\//

/** Small modules of ours that nearly every page uses. */
const SHARED =
  /dashboard\/src\/(live\/(?!floor)|features\/(preferences|session)\/|features\/overview\/attention\.ts|features\/jobs\/job-(words|progress)|ui\/(ask|button|empty|format|icon|logo|notify|panel|progress-bar|state-badge|time-ago)\.)/

/** The frame around every page of somebody who is signed in. */
const FRAME = /dashboard\/src\/(routes\/inside|features\/shell\/(account-button|browser-notices|shell))\./

/** What is there before any page is. */
const LOADED = /\/(base|shared|rolldown-runtime)-/

/** What draws: loaded behind the pages that show charts. */
const CHARTS = /node_modules\/uplot\/|dashboard\/src\/(ui\/plot|features\/overview\/throughput-bars)\./

export default defineConfig({
  plugins: [react(), tailwindcss()],
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // The content security policy of the server allows no inline code: nothing may be folded into the page.
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // The page has named these itself: pages behind links need not name them again.
      resolveDependencies: (_file, files, { hostType }) =>
        hostType === 'html' ? files : files.filter((file) => !LOADED.test(file)),
    },
    rolldownOptions: {
      // Core's schemas are built when its modules load; a page that only wants its words does not need them.
      output: {
        // What every page needs, together: one file compresses better than the same in pieces.
        codeSplitting: {
          groups: [
            { name: 'base', test: BASE },
            { name: 'shared', test: SHARED },
            { name: 'frame', test: FRAME },
            { name: 'charts', test: CHARTS },
          ],
        },
      },
      treeshake: { moduleSideEffects: (id) => !/packages\/(core|sdk)\/|\/typebox\//.test(id) },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4646', '/ws': { target: 'ws://127.0.0.1:4646', ws: true } } },
})
