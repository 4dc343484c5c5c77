import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    globalSetup: ['packages/testing/src/global-setup.ts'],
    // Two at a time: each file may start servers, printers or a browser of its own.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['packages/{core,engine,worker,store,print,sdk,server}/src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
})
