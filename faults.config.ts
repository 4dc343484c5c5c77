import { defineConfig } from 'vitest/config'
import base from './vitest.config.ts'

// Set ANDON_FAULTS_ROUNDS for the long form; the short one runs with every change.
export default defineConfig({
  test: { ...base.test, include: ['packages/*/test/**/*.faults.ts'], maxWorkers: 1, testTimeout: 600_000 },
})
