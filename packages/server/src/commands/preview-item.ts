import { PrintInput, problem } from '@andon/core'
import { DOCUMENT_FORMATS, mergeZpl, type TemplateData } from '@andon/print'
import { itemContent, jobExtras, type JobRow, requireArtifacts } from '@andon/store'
import { Value } from 'typebox/value'
import type { ServerContext } from '../context.ts'
import { type Actor, canReadPayloads } from '../policies/actor.ts'
import { documentBytes } from './find-document.ts'

const PREVIEW_TIMEOUT_MS = 10_000

/**
 * Draws one label of a batch.
 *
 * @throws `forbidden` for those who may not read payloads, `item_not_found`, `preview_failed`, `artifacts_cleaned`
 */
export async function previewItem(
  { printing, stopping, store }: ServerContext,
  actor: Actor,
  { job, index }: { readonly job: JobRow; readonly index: number },
): Promise<Uint8Array> {
  if (!canReadPayloads(actor)) {
    throw problem('forbidden', {
      detail: 'The contents of labels need the permission to read payloads',
      extra: { permission: 'payloads' },
    })
  }
  const item = await itemContent(store, job.id, index)
  if (item === null) throw noSuchItem(job, index)
  const zpl = item.content ?? (await filledTemplate(store, job, item.data))
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(PREVIEW_TIMEOUT_MS)])
  return printing.preview({ bytes: Buffer.from(zpl), format: DOCUMENT_FORMATS.zpl, page: 0 }, signal)
}

function noSuchItem({ items_total: total }: JobRow, index: number): Error {
  const hint = total === null ? 'This job has no items.' : `Indexes go from 0 to ${total - 1}.`
  return problem('item_not_found', { field: 'index', detail: `There is no item with the index ${index}`, hint })
}

async function filledTemplate(store: ServerContext['store'], job: JobRow, data: unknown): Promise<string> {
  const input: unknown = (await jobExtras(store, job.id))?.input
  await requireArtifacts(store, { id: job.id, input })
  if (!Value.Check(PrintInput, input) || input.document_id === null) {
    throw problem('preview_failed', { detail: 'The item has no label of its own' })
  }
  return mergeZpl((await documentBytes(store, input.document_id)).toString('utf8'), templateData(data))
}

function templateData(data: unknown): TemplateData {
  if (typeof data !== 'object' || data === null) return {}
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, typeof value === 'number' ? value : String(value)]),
  )
}
