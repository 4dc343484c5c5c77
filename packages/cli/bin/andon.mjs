#!/usr/bin/env node
// Plain JavaScript without a package: an older Node has to understand it, to hand over to a newer one.
import module from 'node:module'
import { homedir } from 'node:os'
import process from 'node:process'

/** The first Node that runs TypeScript as it is. */
const LEAST_NODE = 24

const LONG_COMMANDS = new Set(['up', 'server', 'worker'])
/** In MB, of each of its two halves. */
const YOUNG_GENERATION = '--max-semi-space-size=4'

if (Number.parseInt(process.versions.node, 10) < LEAST_NODE) {
  const { handOver } = await import('./hand-over.mjs')
  handOver(process.argv.slice(2), LEAST_NODE)
} else {
  staySmall()
  keepCompiled()
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
}

/**
 * What runs for days gets a small young generation: V8 never gives back what it once took for it, some 50 MB. Only a
 * new program may say that, so this one is replaced, in the same process. Not where that would cut the channel to who
 * started it.
 */
function staySmall() {
  const command = process.argv.slice(2).find((word) => !word.startsWith('-'))
  const isSmall = process.execArgv.some((flag) => flag.startsWith('--max-semi-space-size'))
  if (!LONG_COMMANDS.has(command) || isSmall || process.execve === undefined || process.send !== undefined) return
  const { argv, env, execArgv, execPath } = process
  process.execve(execPath, [execPath, YOUNG_GENERATION, ...execArgv, ...argv.slice(1)], env)
}

/** Once compiled, a command starts in half the time. Kept by its user: in a folder of all, others could change it. */
function keepCompiled() {
  try {
    module.enableCompileCache(`${process.env['XDG_CACHE_HOME'] || `${homedir()}/.cache`}/andon`)
  } catch {
    // Without a home it only takes longer.
  }
}
