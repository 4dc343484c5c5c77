import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Launcher } from './launcher.ts'
import { runProgram } from './launcher.ts'
import type { Layout } from './layout.ts'
import { giveTo } from './rights.ts'
import type { Durability } from './settings.ts'
import { EMBEDDED_NAME } from './settings.ts'

/**
 * Makes a new cluster: checksums, locale C, UTF-8, SCRAM for everybody. It is made beside its place and renamed, so
 * that a start cut short leaves nothing that looks like a cluster.
 */
export async function createCluster(
  layout: Layout,
  launcher: Launcher,
  options: { durability: Durability; password: string },
): Promise<void> {
  const fresh = `${layout.clusterDir}.new`
  const passwordFile = `${layout.clusterDir}.password`
  await rm(fresh, { force: true, recursive: true })
  await rm(passwordFile, { force: true })
  await mkdir(fresh, { mode: 0o700 })
  await giveTo(launcher, fresh)
  await writeFile(passwordFile, `${options.password}\n`, { flag: 'wx', mode: 0o600 })
  if (launcher.owner) await chown(passwordFile, launcher.owner.uid, launcher.owner.gid)
  const args = ['-D', fresh, '-U', EMBEDDED_NAME, `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  args.push('--encoding=UTF8', '--locale=C', '--data-checksums', '--no-instructions')
  if (options.durability === 'none') args.push('--no-sync')
  try {
    await runProgram(launcher, 'initdb', args)
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(fresh, layout.clusterDir)
}

/** Where the server writes its process id and its state. */
export function postmasterFile(layout: Layout): string {
  return join(layout.clusterDir, 'postmaster.pid')
}
