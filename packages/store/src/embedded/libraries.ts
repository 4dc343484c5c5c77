import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Binaries } from './binaries.ts'

interface LibraryLink {
  /** The real file, relative to the package. */
  source: string
  /** The name the loader asks for, relative to the package. */
  target: string
}

/**
 * Makes sure that the loader finds every library under the name it asks for, and returns what to put on its path, or
 * null when the package is complete. npm packages cannot hold symbolic links, so a script makes them after
 * the installation; with install scripts off they are missing, and the package's folder may be read-only.
 */
export async function linkLibraries(binaries: Binaries, linkDir: string): Promise<string | null> {
  if (!binaries.nativeDir) return null
  const packageDir = join(binaries.nativeDir, '..')
  const links = await readLinks(binaries.nativeDir)
  const absent = links.filter((link) => !existsSync(join(packageDir, link.target)))
  if (absent.length === 0) return null
  await mkdir(linkDir, { recursive: true })
  for (const link of absent) {
    const name = join(linkDir, basename(link.target))
    // A link of an earlier start may point into a package that has moved.
    await rm(name, { force: true })
    await symlink(join(packageDir, link.source), name)
  }
  // Libraries look for others beside the name they were found under, so the package's own folder belongs to the path.
  return `${linkDir}:${join(binaries.nativeDir, 'lib')}`
}

async function readLinks(nativeDir: string): Promise<LibraryLink[]> {
  const text = await readFile(join(nativeDir, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  return JSON.parse(text) as LibraryLink[]
}
