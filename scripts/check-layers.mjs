// Compares who imports whom with the one table of directions. Fails on a wrong arrow in a package.json or an import.
import { existsSync, globSync, readFileSync } from 'node:fs'

/** package → the packages of this workspace that it may import. Change it by saying why in the commit. */
const MAY_IMPORT = {
  core: [],
  store: ['core'],
  engine: ['core', 'store'],
  worker: ['core', 'store', 'sdk'],
  print: ['core'],
  station: ['core', 'print', 'worker', 'sdk'],
  floor: ['core', 'store'],
  sdk: ['core'],
  server: ['core', 'store', 'engine', 'print', 'floor', 'worker'],
  dashboard: ['core', 'sdk', 'station'],
  cli: ['core', 'store', 'engine', 'worker', 'print', 'floor', 'sdk', 'server', 'station'],
  testing: ['core', 'store'],
}

const wrong = []
for (const [name, allowed] of Object.entries(MAY_IMPORT)) {
  const manifest = `packages/${name}/package.json`
  if (!existsSync(manifest)) continue
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'))
  const mayImport = new Set(allowed)
  for (const dependency of Object.keys(dependencies)) {
    const other = dependency.match(/^@andon\/(.*)$/)?.[1]
    if (other && !mayImport.has(other)) wrong.push(`${manifest}: ${name} may not depend on ${other}`)
  }
  for (const file of globSync(`packages/${name}/src/**/*.{ts,tsx}`)) {
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      const other = specifier.match(/^@andon\/([^/]+)/)?.[1]
      if (other && other !== name && !mayImport.has(other)) wrong.push(`${file}: ${name} may not import ${other}`)
      if (other && !(`@andon/${other}` in dependencies)) wrong.push(`${file}: @andon/${other} is not in ${manifest}`)
      if (name === 'core' && specifier.startsWith('node:'))
        wrong.push(`${file}: core has no I/O, yet imports ${specifier}`)
      if (specifier.startsWith('../') && specifier.includes('packages/'))
        wrong.push(`${file}: reaches into ${specifier}`)
    }
  }
}
for (const line of wrong) console.error(line)
console.log(`layers: ${wrong.length} wrong arrows`)
process.exit(wrong.length > 0 ? 1 : 0)
