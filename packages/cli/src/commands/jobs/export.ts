import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { type FilterFlags, forQuery, queryOf } from './query.ts'

/** Flags of `jobs export`. */
export interface ExportFlags extends FilterFlags {
  readonly csv?: boolean
  readonly to?: string
}

/** @throws UsageError naming the file as it was written */
async function openFile(name: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w')
  } catch (error) {
    throw new UsageError(`${name} cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** `andon jobs export` */
export async function exportJobs(session: Session, words: readonly string[], flags: ExportFlags): Promise<ExitCode> {
  const { json, output } = session.flags
  if (json !== undefined || (output !== undefined && output !== 'csv')) {
    throw new UsageError('An export is always CSV.', 'For JSON: andon jobs list -o jsonl -L 100000')
  }
  const andon = await session.andon()
  const q = queryOf(words, flags)
  const body = await forQuery(q, () => andon.jobs.exportCsv(q === undefined ? {} : { q }))
  if (flags.to === undefined) {
    for await (const chunk of Readable.fromWeb(body)) await session.io.stdout.writeBytes(chunk)
    return EXIT.ok
  }
  // Under its name only when it is whole: half an export looks just like one.
  const path = resolve(session.io.cwd, flags.to)
  const partial = `${path}.partial`
  try {
    await pipeline(Readable.fromWeb(body), (await openFile(flags.to, partial)).createWriteStream())
    await rename(partial, path)
  } finally {
    await rm(partial, { force: true })
  }
  session.note(`Saved to ${flags.to}`)
  return EXIT.ok
}
