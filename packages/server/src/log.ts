import pino, { type DestinationStream, type Logger } from 'pino'

/** Names of fields whose values never reach a log, however they are spelled with capitals. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'key',
  'link',
  'password',
  'current',
  'secret',
  'set-cookie',
  'ticket',
  'token',
]

/** What a log is made from. */
export interface LogOptions {
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Where lines go; standard output by default. */
  readonly destination?: DestinationStream
  /** Names of fields of the shop's own whose values never reach the log either. Default none. */
  readonly secretFields?: readonly string[]
}

const REDACTED = '[redacted]'
/** What is deeper than this is left out: it could not be looked through. */
const DEEPEST = 8

/** A log of JSON lines in which secrets are replaced by `[redacted]`. Addresses are logged without their query. */
export function createLog(options: LogOptions = {}): Logger {
  const secret = new Set([...SECRET_FIELDS, ...(options.secretFields ?? [])].map((name) => name.toLowerCase()))
  const redact = (fields: object) => redactedFields(fields, { secret, depth: 1 })
  return pino(
    {
      level: options.level ?? 'info',
      formatters: { log: redact },
      // The fields of a child pass by that: they are flat.
      redact: { paths: [...secret].flatMap(pathOf), censor: REDACTED },
      serializers: {
        error: errorFacts,
        err: errorFacts,
        req: (request: { method?: string; url?: string; id?: string; ip?: string }) => ({
          id: request.id,
          method: request.method,
          path: request.url?.split('?')[0],
          address: request.ip,
        }),
        res: (reply: { statusCode?: number }) => ({ status: reply.statusCode }),
      },
    },
    options.destination ?? pino.destination(1),
  )
}

/** A name as the library has it in a path; none for one that could not stand there. */
function pathOf(name: string): string[] {
  return /["\\\]]/.test(name) ? [] : [`["${name}"]`]
}

interface Redaction {
  /** Names in lower case. */
  readonly secret: ReadonlySet<string>
  readonly depth: number
}

function redactedFields(fields: object, redaction: Redaction): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]): [string, unknown] => [
      name,
      redaction.secret.has(name.toLowerCase()) ? REDACTED : redactedValue(value, redaction),
    ]),
  )
}

/** Only plain data is looked through: requests, replies and errors are written by facts of theirs, see below. */
function redactedValue(value: unknown, { depth, secret }: Redaction): unknown {
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value
  if (depth >= DEEPEST) return REDACTED
  const deeper = { secret, depth: depth + 1 }
  return Array.isArray(value) ? value.map((each) => redactedValue(each, deeper)) : redactedFields(value, deeper)
}

/** What a log says of an error: libraries hang whole connections, with their secrets, on theirs. */
function errorFacts(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = 'code' in error ? { code: error.code } : {}
  return { name, message, ...code, stack, ...(cause === undefined ? {} : { cause: errorFacts(cause) }) }
}
