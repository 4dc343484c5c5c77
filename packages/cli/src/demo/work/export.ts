import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { stat } from 'node:fs/promises'
import type { Andon } from '@andon/sdk'
import { completed, type NodeHandler } from '@andon/worker/node'

/** Writes the shop's own history as compressed CSV. */
export function exporter(andon: Andon): NodeHandler {
  return async (job) => {
    const { q } = job.input as { readonly q: string }
    job.steps(2)
    await job.step('read the history')
    const file = join(await job.folder(), 'jobs.csv.gz')
    let lines = 0
    const rows = Readable.fromWeb((await andon.jobs.exportCsv({ q, signal: job.signal })) as never)
    rows.on('data', (chunk: Buffer) => {
      lines += chunk.toString('latin1').split('\n').length - 1
      job.progress({ message: `${lines} rows` })
    })
    await pipeline(rows, createGzip(), createWriteStream(file), { signal: job.signal })
    await job.step('measure what was written')
    const { size } = await stat(file)
    return completed({ rows: lines, bytes: size }, `${lines} rows, ${Math.ceil(size / 1_024)} KB`)
  }
}
