// Lists what no test of the last run with --coverage came to: for each package the share of lines and branches, and for
// the packages that are named each line and branch that is left.
// usage: npx vitest run --coverage && node scripts/list-uncovered.mjs [package…]
import { existsSync, readFileSync } from 'node:fs'

const REPORT = 'coverage/coverage-final.json'
const named = new Set(process.argv.slice(2))
if (!existsSync(REPORT)) {
  console.error(`${REPORT} is missing: run npx vitest run --coverage first.`)
  process.exit(1)
}

const packages = new Map()
for (const [path, file] of Object.entries(JSON.parse(readFileSync(REPORT, 'utf8')))) {
  const [, name, place] = path.match(/packages\/([^/]+)\/src\/(.*)$/) ?? []
  if (name === undefined) continue
  const shares = packages.get(name) ?? { lines: [], branches: [] }
  packages.set(name, shares)
  const missing = [...addLines(file, shares.lines), ...addBranches(file, shares.branches)]
  if (!named.has(name)) continue
  const source = readFileSync(path, 'utf8').split('\n')
  for (const { line, what } of missing.toSorted((one, other) => one.line - other.line)) {
    console.log(`${name}/${place}:${line} ${what}: ${source[line - 1]?.trim()}`)
  }
}
for (const [name, { lines, branches }] of [...packages].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
  console.log(`${name.padEnd(10)} lines ${percent(lines)}, branches ${percent(branches)}`)
}

/** Counts each line that has a statement; those that were never reached. */
function addLines({ s: counts, statementMap }, all) {
  const reached = new Map()
  for (const [id, { start }] of Object.entries(statementMap)) {
    reached.set(start.line, (reached.get(start.line) ?? 0) + counts[id])
  }
  all.push(...reached.values())
  return [...reached].flatMap(([line, count]) => (count === 0 ? { line, what: 'line' } : []))
}

function addBranches({ b: counts, branchMap }, all) {
  return Object.entries(branchMap).flatMap(([id, { type, locations, loc }]) => {
    all.push(...counts[id])
    return locations.flatMap(({ start }, index) =>
      counts[id][index] === 0 ? { line: start.line ?? loc.start.line, what: `${type} ${index + 1}` } : [],
    )
  })
}

function percent(counts) {
  const reached = counts.filter((count) => count > 0).length
  return `${((100 * reached) / counts.length).toFixed(1)} % (${reached} of ${counts.length})`
}
