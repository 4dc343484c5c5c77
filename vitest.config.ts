import { defineConfig } from 'vitest/config'

/** What lives from being right in every branch. */
const COVERED = ['core', 'engine', 'floor', 'print', 'sdk', 'store', 'worker']

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    globalSetup: ['packages/testing/src/global-setup.ts'],
    // Each file may start servers, printers or a browser of its own, and waits for them most of its time.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What is waited for may take long on a machine that has much to do; a test that fails may too.
    expect: { poll: { timeout: 30_000 } },
    coverage: {
      provider: 'v8',
      include: ['packages/{core,engine,floor,worker,store,print,sdk,server}/src/**/*.ts'],
      reporter: ['text-summary', 'json'],
      // A failing run says as well what it left out.
      reportOnFailure: true,
      // Only where nothing is skipped: without CUPS and PostgreSQL of the system other branches are left out.
      ...(process.env['ANDON_TEST_NO_SKIP'] === '1' ? { thresholds: thresholds() } : {}),
    },
  },
})

function thresholds(): Record<string, { branches: number; lines: number }> {
  return Object.fromEntries(COVERED.map((name) => [`**/packages/${name}/src/**`, { branches: 95, lines: 95 }]))
}
