import {
  normaliseIppReasons,
  type PrinterCapabilities,
  type PrinterState,
  type PrinterStatus,
  type Proof,
  type StateReason,
  type Supply,
} from '@andon/core'
import { COMMAND_FORMATS, RAW_FORMATS } from './format.ts'
import { boolean, integer, integers, type IppAttributes, string, strings } from './message.ts'

/** What is asked of a printer; one list for all, so that a status costs one request. */
export const PRINTER_ATTRIBUTES = [
  'printer-name',
  'printer-state',
  'printer-state-reasons',
  'printer-state-message',
  'printer-is-accepting-jobs',
  'queued-job-count',
  'printer-make-and-model',
  'printer-location',
  'printer-info',
  'printer-error-policy',
  'document-format-supported',
  'media-supported',
  'sides-supported',
  'color-supported',
  'copies-supported',
  'operations-supported',
  'marker-names',
  'marker-levels',
  'printer-supply',
  'printer-supply-description',
  'notify-pull-method-supported',
  'cups-version',
  'device-uri',
] as const

/** What is asked of a job. */
export const JOB_ATTRIBUTES = [
  'job-id',
  'job-name',
  'job-state',
  'job-state-reasons',
  'job-state-message',
  'job-printer-state-message',
  'job-printer-state-reasons',
  'job-detailed-status-messages',
  'job-impressions-completed',
  'job-media-sheets-completed',
  'number-of-documents',
  'time-at-processing',
] as const

const DEVICE_JOB_STATES = [
  'pending',
  'pending-held',
  'processing',
  'processing-stopped',
  'canceled',
  'aborted',
  'completed',
] as const
type DeviceJobState = (typeof DEVICE_JOB_STATES)[number] | 'unknown'

/** A job as the device describes it (RFC 8011 §5.3). */
export interface DeviceJob {
  readonly id: number
  readonly name: string | null
  readonly state: DeviceJobState
  /** `job-state-reasons` without `none`, as they came. */
  readonly reasons: readonly string[]
  /** What device and spooler say in words; empty when silent. */
  readonly message: string
  /** `job-printer-state-reasons`: what was the matter with the printer when the job was last worked on. */
  readonly printerReasons: readonly string[]
  /** Null when the device does not count them. */
  readonly impressions: number | null
  readonly sheets: number | null
  /** Whether it was ever worked on. */
  readonly hasStarted: boolean
  /** Documents that the device holds of this job; null when it does not say. */
  readonly documents: number | null
}

/** What is known about an IPP printer or queue beyond its status. */
export interface IppPrinter {
  readonly name: string | null
  readonly location: string | null
  readonly info: string | null
  readonly isAccepting: boolean
  /** Whether it is a queue of CUPS, whose counts are those of a spooler. */
  readonly isCups: boolean
  /** Address of the device behind a CUPS queue; null when it is none, or does not say. */
  readonly deviceUri: string | null
  readonly errorPolicy: string | null
  readonly operations: ReadonlySet<string>
  readonly maxCopies: number
  readonly hasEvents: boolean
  readonly status: PrinterStatus
}

/** Reads one job out of an answer. */
export function readJob(attributes: IppAttributes): DeviceJob {
  const state = string(attributes, 'job-state')
  const words = ['job-printer-state-message', 'job-state-message', 'job-detailed-status-messages']
  const message = words.flatMap((name) => strings(attributes, name)).filter((text) => text !== '')
  return {
    id: integer(attributes, 'job-id') ?? 0,
    name: string(attributes, 'job-name'),
    state: DEVICE_JOB_STATES.find((known) => known === state) ?? 'unknown',
    reasons: strings(attributes, 'job-state-reasons').filter((word) => word !== 'none' && word !== ''),
    message: [...new Set(message)].join(' '),
    printerReasons: strings(attributes, 'job-printer-state-reasons'),
    impressions: integer(attributes, 'job-impressions-completed'),
    sheets: integer(attributes, 'job-media-sheets-completed'),
    hasStarted: (integer(attributes, 'time-at-processing') ?? -1) >= 0,
    documents: integer(attributes, 'number-of-documents'),
  }
}

/** Reads a printer out of an answer; `proof` is the furthest that its settings let it claim. */
export function readPrinter(attributes: IppAttributes, proof: Proof): IppPrinter {
  const isCups = string(attributes, 'cups-version') !== null
  return {
    name: string(attributes, 'printer-name'),
    location: string(attributes, 'printer-location'),
    info: string(attributes, 'printer-info'),
    isAccepting: boolean(attributes, 'printer-is-accepting-jobs') ?? true,
    isCups,
    deviceUri: string(attributes, 'device-uri'),
    errorPolicy: string(attributes, 'printer-error-policy'),
    operations: new Set(strings(attributes, 'operations-supported')),
    maxCopies: upperBound(attributes['copies-supported']),
    hasEvents: strings(attributes, 'notify-pull-method-supported').includes('ippget'),
    status: readStatus(attributes, proof),
  }
}

function readStatus(attributes: IppAttributes, proof: Proof): PrinterStatus {
  return {
    state: readState(string(attributes, 'printer-state')),
    reasons: readReasons(attributes),
    supplies: readSupplies(attributes),
    queuedJobs: integer(attributes, 'queued-job-count'),
    message: string(attributes, 'printer-state-message'),
    capabilities: readCapabilities(attributes, proof),
    model: string(attributes, 'printer-make-and-model'),
  }
}

function readState(word: string | null): PrinterState {
  return word === 'idle' || word === 'processing' || word === 'stopped' ? word : 'unknown'
}

function readReasons(attributes: IppAttributes): StateReason[] {
  return normaliseIppReasons(strings(attributes, 'printer-state-reasons'))
}

function readCapabilities(attributes: IppAttributes, proof: Proof): PrinterCapabilities | null {
  const named = strings(attributes, 'document-format-supported')
  if (named.length === 0) return null
  return {
    formats: withCommands(named, string(attributes, 'cups-version') !== null),
    media: strings(attributes, 'media-supported'),
    color: boolean(attributes, 'color-supported') ?? false,
    duplex: strings(attributes, 'sides-supported').some((word) => word.startsWith('two-sided')),
    proof,
  }
}

/** CUPS names no commands of printers, and hands them on where it takes raw data. */
function withCommands(formats: readonly string[], isCups: boolean): readonly string[] {
  const takesRaw = RAW_FORMATS.some((raw) => formats.includes(raw))
  return isCups && takesRaw ? [...formats, ...COMMAND_FORMATS.filter((format) => !formats.includes(format))] : formats
}

/** Levels of `marker-levels` (CUPS and PWG 5100.9), or of `printer-supply` (PWG 5100.13). */
function readSupplies(attributes: IppAttributes): Supply[] {
  const names = strings(attributes, 'marker-names')
  const levels = integers(attributes, 'marker-levels')
  if (names.length > 0) return names.map((name, i) => ({ name, level: percent(levels[i], 100) }))
  const descriptions = strings(attributes, 'printer-supply-description')
  return strings(attributes, 'printer-supply').map((entry, i) => {
    const fields = new Map(entry.split(';').map((field) => splitField(field)))
    const capacity = Number(fields.get('maxcapacity') ?? 100)
    return {
      name: descriptions[i] ?? fields.get('type') ?? `supply ${i + 1}`,
      level: percent(Number(fields.get('level')), capacity),
    }
  })
}

function splitField(field: string): [string, string] {
  const at = field.indexOf('=')
  return at < 0 ? [field.toLowerCase(), ''] : [field.slice(0, at).toLowerCase(), field.slice(at + 1)]
}

/** Negative levels stand for "unknown" and the like (RFC 3805 prtMarkerSuppliesLevel). */
function percent(level: number | undefined, capacity: number): number | null {
  if (level === undefined || !Number.isFinite(level) || level < 0 || !(capacity > 0)) return null
  return Math.min(100, Math.round((level / capacity) * 100))
}

function upperBound(range: unknown): number {
  if (!Array.isArray(range)) return typeof range === 'number' ? range : 1
  const upper: unknown = range[1]
  return typeof upper === 'number' && upper >= 1 ? upper : 1
}
