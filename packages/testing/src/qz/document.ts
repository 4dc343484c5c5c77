import type { CupsDocument } from './cups.ts'

/** Parameters of the call `print`, as far as the stand-in heeds them. */
export interface QzPrintParams {
  readonly printer?: { readonly name?: string }
  readonly options?: { readonly copies?: number; readonly jobName?: string | null }
  readonly data?: readonly (string | QzPrintData)[]
}

interface QzPrintData {
  /** `raw`, or `pixel` for what is drawn. */
  readonly type?: string
  /** `command` for raw data; `pdf`, `html` or `image` for what is drawn. */
  readonly format?: string
  /** `plain`, `base64` or `hex`; in QZ Tray also `file`, which the stand-in does not take. */
  readonly flavor?: string
  readonly data?: string
}

const PIXEL_JOB_NAME = 'Java Printing'
const RAW_JOB_NAME = 'QZ Tray Raw Print'

/**
 * What is spooled for a call `print`. QZ puts a space before the name of a raw job, and a PDF has a name that is not the
 * client's.
 *
 * @throws with QZ's own kind of message when there is nothing that the stand-in prints.
 */
export function documentOf(params: QzPrintParams): CupsDocument {
  const parts = (params.data ?? []).map((part) => (typeof part === 'string' ? { type: 'raw', data: part } : part))
  if (parts.length === 0) throw new Error('No data to print')
  const copies = params.options?.copies ?? 1
  if (parts.every(({ type }) => type === 'raw')) {
    const once = Buffer.concat(parts.map(bytesOf))
    const data = Buffer.concat(Array.from({ length: copies }, () => once))
    const jobName = ` ${params.options?.jobName ?? RAW_JOB_NAME}`
    return { jobName, format: 'application/vnd.cups-raw', copies: 1, data }
  }
  const [pdf, ...others] = parts
  if (pdf?.format !== 'pdf' || others.length > 0) throw new Error('Only raw data or one PDF is printed here')
  return { jobName: PIXEL_JOB_NAME, format: 'application/pdf', copies, data: bytesOf(pdf) }
}

function bytesOf({ flavor = 'plain', data = '' }: QzPrintData): Buffer {
  if (flavor === 'plain') return Buffer.from(data, 'utf8')
  if (flavor === 'base64') return Buffer.from(data, 'base64')
  if (flavor === 'hex') return Buffer.from(data.replaceAll(/x|\s/gi, ''), 'hex')
  throw new Error(`Data of the flavor ${flavor} is not printed here`)
}
