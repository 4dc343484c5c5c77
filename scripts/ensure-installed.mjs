// Installs what is missing before `npm start` and `npm test`, and builds the dashboard when its sources are newer.
// Runs on the machine's own Node (20 or later) with nothing installed; quick when nothing is missing.
// usage: node scripts/ensure-installed.mjs [--dashboard]
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const at = (path) => join(root, path)
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** npm writes this file last, so it is older than the lock file exactly when something is missing. */
function isInstalled() {
  return modified(at('node_modules/.package-lock.json')) >= modified(at('package-lock.json')) && hasNode()
}

function hasNode() {
  const asked = spawnSync(at('node_modules/.bin/node'), ['-p', 'process.versions.node'], { encoding: 'utf8' })
  return asked.status === 0 && Number.parseInt(asked.stdout, 10) >= 24
}

function newestIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, entry) => Math.max(newest, modified(join(entry.parentPath ?? entry.path, entry.name))), 0)
}

function isDashboardBuilt() {
  const built = modified(at('packages/dashboard/dist/index.html'))
  const sources = ['packages/dashboard/src', 'packages/core/src', 'packages/sdk/src'].map((path) => newestIn(at(path)))
  return built > Math.max(...sources, modified(at('packages/dashboard/index.html')))
}

function npm(args, env = process.env) {
  const options = { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' }
  return spawnSync('npm', args, options).status ?? 1
}

/** Exactly what the lock file says; else with a cache in the clone (a home may be read-only); else what can be had. */
function install() {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const ownCache = { ...process.env, npm_config_cache: at('.npm-cache') }
  const ways = [
    [['ci', ...quiet], process.env],
    [['ci', ...quiet], ownCache],
    // A registry that lacks a package for another platform makes `npm ci` refuse the whole lock file.
    [['install', '--no-save', ...quiet], ownCache],
  ]
  return ways.some(([args, env]) => npm(args, env) === 0)
}

if (!isInstalled()) {
  console.error('Installing what Andon needs (once; about a minute) …')
  if (!install()) process.exit(1)
  if (!hasNode()) npm(['rebuild', 'node', '--loglevel=error'])
  if (!hasNode()) {
    console.error(
      'Andon needs Node 24, and the `node` package of this workspace did not bring it: its install script did not run.\n' +
        'Allow it (npm config set ignore-scripts false), or put Node 24 on the path, and start again.',
    )
    process.exit(1)
  }
}
if (process.argv.includes('--dashboard') && !isDashboardBuilt()) {
  console.error('Building the dashboard …')
  if (npm(['run', 'build', '--silent']) !== 0) process.exit(1)
}
