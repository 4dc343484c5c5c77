import { readFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { codeOf } from '@andon/core/base'
import type { CreatePrint } from '@andon/core'
import type { Andon } from '@andon/sdk'
import { EXIT, type ExitCode, UsageError } from '../exit.ts'
import type { Session } from '../session.ts'
import { eachOf } from './each.ts'
import { createdKey } from './print-key.ts'
import { printCreated } from './jobs/created.ts'
import { priorityOf, tagsOf } from './jobs/create.ts'
import { followJobs } from './jobs/follow.ts'
import { isZpl, repeatLabels, splitLabels } from './label-file.ts'

/** Flags of `print`. */
export interface PrintFlags {
  readonly copies?: string
  readonly description?: string
  readonly hold?: boolean
  readonly items?: string
  readonly key?: string
  readonly media?: string
  readonly pool?: string
  readonly printer?: string
  readonly priority?: string
  readonly sides?: string
  readonly subject?: string
  readonly tag?: readonly string[]
  readonly watch?: boolean
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.ps': 'application/postscript',
  '.pwg': 'image/pwg-raster',
  '.txt': 'text/plain',
  '.urf': 'image/urf',
}

const ZPL_TYPE = 'application/vnd.zebra-zpl'
const SIDES = ['one-sided', 'two-sided-long-edge', 'two-sided-short-edge'] as const

/** `andon print`: each file is a job of its own. */
export async function printFiles(session: Session, files: readonly string[], flags: PrintFlags): Promise<ExitCode> {
  if ((flags.printer === undefined) === (flags.pool === undefined)) {
    throw new UsageError('Say where: either --printer NAME or --pool NAME.', 'See them with: andon printers list')
  }
  const order = orderOf(flags)
  const andon = await session.andon()
  const created: string[] = []
  const failure = await eachOf(session, files, async (file) => {
    const content = await contentOf(session, file)
    const work = await workOf(andon, { content, file, flags })
    const print: CreatePrint = { description: basename(file), ...order, ...work, ...createdKey(flags.key, file, files) }
    const job = await andon.print(print)
    if (job.is_existing) session.note(`${file}: there is a job with this key already.`)
    created.push(job.id)
  })
  if (flags.watch === true && created.length > 0) {
    const code = await followJobs(session, created)
    return failure === EXIT.ok ? code : failure
  }
  printCreated(session, created)
  return failure
}

/** What is the same for every file. */
function orderOf(flags: PrintFlags): CreatePrint {
  const options = {
    ...(flags.media === undefined ? {} : { media: flags.media }),
    ...(flags.sides === undefined ? {} : { sides: sidesOf(flags.sides) }),
  }
  return {
    ...(flags.printer === undefined ? {} : { printer: flags.printer }),
    ...(flags.pool === undefined ? {} : { pool: flags.pool }),
    ...(flags.copies === undefined ? {} : { copies: countOf('--copies', flags.copies) }),
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(flags.priority === undefined ? {} : { priority: priorityOf(flags.priority) }),
    ...(flags.subject === undefined ? {} : { subject: subjectOf(flags.subject) }),
    ...(flags.tag === undefined ? {} : { tags: tagsOf(flags.tag) }),
    ...(flags.hold === true ? { is_held: true } : {}),
    ...(Object.keys(options).length === 0 ? {} : { options }),
  }
}

interface FileToPrint {
  readonly content: Uint8Array<ArrayBuffer>
  readonly file: string
  readonly flags: PrintFlags
}

/** Labels go as items; everything else is uploaded first. */
async function workOf(andon: Andon, { content, file, flags }: FileToPrint): Promise<CreatePrint> {
  const isLabels = isZpl(file, content)
  const labels = isLabels ? splitLabels(content) : null
  if (labels !== null) {
    const count = flags.items === undefined ? labels.length : countOf('--items', flags.items)
    return { type: 'print.label', items: repeatLabels(labels, count).map((zpl) => ({ zpl })) }
  }
  if (flags.items !== undefined) {
    const why = isLabels ? 'has graphics that are not text' : 'holds none'
    throw new UsageError(`--items is for labels, and ${file} ${why}.`, 'For a document: --copies')
  }
  const contentType = isLabels ? ZPL_TYPE : typeOf(file, content)
  const document = await andon.documents.upload({ name: basename(file), contentType, content })
  return { document_id: document.id }
}

async function contentOf(session: Session, file: string): Promise<Uint8Array<ArrayBuffer>> {
  if (file === '-') return session.io.stdin.read()
  try {
    return new Uint8Array(await readFile(resolve(session.io.cwd, file)))
  } catch (error) {
    throw new UsageError(codeOf(error) === 'ENOENT' ? `There is no file ${file}.` : `The file ${file} cannot be read.`)
  }
}

/** By what the file begins with, else by its name. */
function typeOf(file: string, content: Uint8Array): string {
  const head = new TextDecoder('latin1').decode(content.subarray(0, 8))
  if (head.startsWith('%PDF-')) return 'application/pdf'
  if (head.startsWith('\u0089PNG')) return 'image/png'
  if (head.startsWith('\u00ff\u00d8\u00ff')) return 'image/jpeg'
  return CONTENT_TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream'
}

/** Whole numbers only; how many are allowed is the server's to say. */
function countOf(flag: string, written: string): number {
  if (/^\d{1,9}$/.test(written)) return Number(written)
  throw new UsageError(`${flag} is "${written}", which is no whole number.`)
}

function subjectOf(written: string): { type: string; id: string } {
  const at = written.indexOf('=')
  if (at < 1 || at === written.length - 1)
    throw new UsageError(`--subject "${written}" is not type=id.`, 'Such as order=MO-8235')
  return { type: written.slice(0, at), id: written.slice(at + 1) }
}

function sidesOf(written: string): (typeof SIDES)[number] {
  const sides = SIDES.find((known) => known === written)
  if (sides === undefined)
    throw new UsageError(`--sides does not know "${written}".`, `Choose from: ${SIDES.join(', ')}`)
  return sides
}
