import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '@andon/core'

/** Where the folders of all jobs of this machine's user lie. */
const ROOT = join(tmpdir(), `andon-jobs-${process.getuid?.() ?? 0}`)

/** A temporary folder of one attempt. */
export class JobFolder implements AsyncDisposable {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<JobFolder> {
    await mkdir(ROOT, { recursive: true, mode: 0o700 })
    return new JobFolder(await mkdtemp(join(ROOT, `${process.pid}-`)))
  }

  /** Removes it with all that is in it; how many files that were. */
  async remove(): Promise<number> {
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true }).catch(() => [])
    await rm(this.path, { recursive: true, force: true, maxRetries: 3 })
    return entries.filter((entry) => !entry.isDirectory()).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove()
  }
}

/** Removes the folders of workers that are gone; those that live keep theirs. */
export async function sweepFolders(): Promise<void> {
  const names = await readdir(ROOT).catch(() => [])
  const left = names.filter((name) => !isAlive(Number(name.split('-')[0])))
  await Promise.all(left.map((name) => rm(join(ROOT, name), { recursive: true, force: true })))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
