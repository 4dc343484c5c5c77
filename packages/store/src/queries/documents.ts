import { createHash } from 'node:crypto'
import { type DocumentView, isUuid, problem } from '@andon/core'
import type { Queryable, Store } from '../pool.ts'
import { firstRow, onlyRow } from '../rows.ts'
import { statement } from '../statement.ts'
import { cleanedJob } from './cleanup.ts'

/** A document without its bytes. */
export interface DocumentRow {
  id: string
  name: string
  content_type: string
  /** A bigint, as text where the driver gives it so. */
  size_bytes: number | string
  sha256: Buffer
  pages: number | null
  created_by: string
  account_id: number | null
  created_at: Date
  expires_at: Date | null
}

/** What is known of a document before its bytes. */
export interface NewDocument {
  readonly id: string
  readonly name: string
  /** MIME type, as found by looking at the bytes. */
  readonly contentType: string
  readonly pages: number | null
  readonly createdBy: string
  readonly accountId: number | null
  /** Null: kept until its last job is gone. */
  readonly expiresAt: Date | null
}

/** Bytes of one row; the database refuses more. */
const CHUNK_BYTES = 1_048_576

const CREATE_DOCUMENT = statement(
  'create_document',
  `insert into document (id, name, content_type, size_bytes, sha256, pages, created_by, account_id, expires_at)
   values ($1, $2, $3, 0, '', $4, $5, $6, $7)`,
)

const WRITE_CHUNK = statement(
  'write_document_chunk',
  `insert into document_chunk (document_id, n, data) values ($1, $2, $3)`,
)

const FINISH_DOCUMENT = statement(
  'finish_document',
  `update document set size_bytes = $2, sha256 = $3 where id = $1
   returning id, name, content_type, size_bytes, sha256, pages, created_by, account_id, created_at, expires_at`,
)

const DOCUMENT_BY_ID = statement(
  'document_by_id',
  `select id, name, content_type, size_bytes, sha256, pages, created_by, account_id, created_at, expires_at
   from document where id = $1`,
)

const READ_CHUNK = statement('read_document_chunk', `select data from document_chunk where document_id = $1 and n = $2`)

const REMOVE_EXPIRED_DOCUMENTS = statement(
  'remove_expired_documents',
  `delete from document where id = any(array(
     select d.id from document d
     where d.expires_at < $1 and not exists (select from job j where j.input->>'document_id' = d.id::text)
     order by d.expires_at limit $2)) returning id`,
)

/** The first job that prints a document is kept with it, and that there are others: nothing is written after those. */
const USE_DOCUMENTS = statement(
  'use_documents',
  `update document d set job_id = coalesce(d.job_id, u.job_id), is_shared = d.job_id is not null or u.n > 1
   from (
     select document_id, min(job_id::text)::uuid as job_id, count(*) as n
     from unnest($1::uuid[], $2::uuid[]) as x (document_id, job_id) group by 1
   ) u
   where d.id = u.document_id and not d.is_shared`,
)

/** Of jobs with the document that each prints, those that cannot be done again. */
const WITHOUT_ARTIFACTS = statement(
  'jobs_without_artifacts',
  `select x.job_id from unnest($1::uuid[], $2::uuid[]) as x (job_id, document_id)
   where exists (select from cleaned_job c where c.job_id = x.job_id and c.items + c.documents > 0)
     or (x.document_id is not null and not exists (select from document d where d.id = x.document_id))`,
)

/**
 * Keeps a document whose bytes come in pieces of any size; never more than 1 MiB of it is in memory. One transaction:
 * a stream that breaks leaves nothing.
 *
 * @throws payload_too_large past `maxBytes`
 */
export function storeDocument(
  store: Store,
  document: NewDocument,
  content: { readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>; readonly maxBytes: number },
): Promise<DocumentRow> {
  return store.transaction(async (tx) => {
    const { id, name, contentType, pages, createdBy, accountId, expiresAt } = document
    await tx.query(CREATE_DOCUMENT, [id, name, contentType, pages, createdBy, accountId, expiresAt])
    const hash = createHash('sha256')
    let size = 0
    let chunk = 0
    for await (const data of chunked(content.bytes)) {
      size += data.length
      if (size > content.maxBytes) {
        throw problem('payload_too_large', { detail: `The document has more than ${content.maxBytes} bytes` })
      }
      hash.update(data)
      await tx.query(WRITE_CHUNK, [id, chunk, data])
      chunk += 1
    }
    return onlyRow(await tx.query<DocumentRow>(FINISH_DOCUMENT, [id, size, hash.digest()]))
  })
}

/** A document without its bytes; null when there is none. */
export async function findDocument(db: Queryable, id: string): Promise<DocumentRow | null> {
  return firstRow(await db.query<DocumentRow>(DOCUMENT_BY_ID, [id]))
}

/** The bytes of a document in pieces of 1 MiB, each read when it is asked for; none when there is no such document. */
export async function* readDocument(db: Queryable, id: string): AsyncGenerator<Buffer> {
  for (let n = 0; ; n += 1) {
    const [row] = await db.query<{ data: Buffer }>(READ_CHUNK, [id, n])
    if (row === undefined) return
    yield row.data
  }
}

/** Removes at most `limit` documents whose time is over and that no living job prints; how many. */
export async function removeExpiredDocuments(db: Queryable, now: Date, limit: number): Promise<number> {
  const rows = await db.query(REMOVE_EXPIRED_DOCUMENTS, [now, limit])
  return rows.length
}

/** A job with what it is given. */
export interface JobInput {
  readonly id: string
  readonly input: unknown
}

/** Keeps which job prints which document; within the transaction that makes the jobs. */
export async function useDocuments(tx: Queryable, jobs: readonly JobInput[]): Promise<void> {
  const uses = jobs.flatMap(({ id, input }) => {
    const documentId = documentOf(input)
    return documentId === null ? [] : [{ id, documentId }]
  })
  if (uses.length === 0) return
  await tx.query(USE_DOCUMENTS, [uses.map((use) => use.documentId), uses.map((use) => use.id)])
}

/** Ids of those jobs that cannot be done again, since the content of their items or their document is gone. */
export async function withoutArtifacts(db: Queryable, jobs: readonly JobInput[]): Promise<ReadonlySet<string>> {
  if (jobs.length === 0) return new Set()
  const documents = jobs.map(({ input }) => documentOf(input))
  const rows = await db.query<{ job_id: string }>(WITHOUT_ARTIFACTS, [jobs.map(({ id }) => id), documents])
  return new Set(rows.map((row) => row.job_id))
}

/** @throws artifacts_cleaned for a job that cannot be done again, see {@link withoutArtifacts} */
export async function requireArtifacts(db: Queryable, job: JobInput): Promise<void> {
  if (!(await withoutArtifacts(db, [job])).has(job.id)) return
  const cleaned = await cleanedJob(db, job.id)
  throw problem('artifacts_cleaned', {
    detail:
      cleaned === null
        ? 'The document of this job is not kept any more'
        : `What this job printed was cleaned on ${cleaned.at.slice(0, 10)}, by the rule "${cleaned.rule}"`,
  })
}

/** The document of a print: its input is made by the server, unlike that of other jobs, which may have any words. */
function documentOf(input: unknown): string | null {
  if (typeof input !== 'object' || input === null || !('format' in input) || !('copies' in input)) return null
  const id = 'document_id' in input ? input.document_id : null
  return typeof id === 'string' && isUuid(id) ? id.toLowerCase() : null
}

/** A document as it is shown. */
export function toDocumentView(row: DocumentRow): DocumentView {
  return {
    id: row.id,
    name: row.name,
    content_type: row.content_type,
    size_bytes: Number(row.size_bytes),
    sha256: row.sha256.toString('hex'),
    pages: row.pages,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
  }
}

/** Cuts and joins pieces into ones of exactly the size of a row, but for the last. */
async function* chunked(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const piece of bytes) {
    let rest = piece
    while (length + rest.length >= CHUNK_BYTES) {
      const room = CHUNK_BYTES - length
      yield Buffer.concat([...parts, rest.subarray(0, room)])
      rest = rest.subarray(room)
      parts = []
      length = 0
    }
    if (rest.length > 0) parts.push(rest)
    length += rest.length
  }
  if (length > 0) yield Buffer.concat(parts)
}
