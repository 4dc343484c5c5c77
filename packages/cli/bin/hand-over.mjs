import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** Runs the command with the Node that this workspace brings, and ends as it ends; without one, says what to do. */
export function handOver(argv, leastNode) {
  const node = workspaceNode()
  if (node === null) {
    console.error(
      `error: Andon needs Node ${leastNode} or later, and this is ${process.versions.node}.\n` +
        '  → Install it, or run `npm install` where Andon lies, which brings one along.',
    )
    process.exitCode = 1
    return
  }
  const child = spawn(node, [fileURLToPath(new URL('andon.mjs', import.meta.url)), ...argv], { stdio: 'inherit' })
  // A terminal tells both of Ctrl-C, a supervisor only this one.
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`error: ${node} does not start: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? code : 128 + constants.signals[signal]
  })
}

/** The program of the package `node`; null when it is not installed. */
function workspaceNode() {
  try {
    return createRequire(import.meta.url).resolve('node/bin/node')
  } catch {
    return null
  }
}
