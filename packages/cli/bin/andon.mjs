#!/usr/bin/env node
// Plain JavaScript without a package: an older Node has to understand it, to hand over to a newer one.
import module from 'node:module'
import { homedir } from 'node:os'
import process from 'node:process'

/** The first Node that runs TypeScript as it is. */
const LEAST_NODE = 24

if (Number.parseInt(process.versions.node, 10) < LEAST_NODE) {
  const { handOver } = await import('./hand-over.mjs')
  handOver(process.argv.slice(2), LEAST_NODE)
} else {
  keepCompiled()
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
}

/** Once compiled, a command starts in half the time. Kept by its user: in a folder of all, others could change it. */
function keepCompiled() {
  try {
    module.enableCompileCache(`${process.env['XDG_CACHE_HOME'] || `${homedir()}/.cache`}/andon`)
  } catch {
    // Without a home it only takes longer.
  }
}
