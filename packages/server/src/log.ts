import pino, { type DestinationStream, type Logger } from 'pino'

/** Names of fields whose values never reach a log, at any of the first levels of an object. */
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
}

/** A log of JSON lines in which secrets are replaced by `[redacted]`. Addresses are logged without their query. */
export function createLog(options: LogOptions = {}): Logger {
  const paths = SECRET_FIELDS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`])
  return pino(
    {
      level: options.level ?? 'info',
      redact: { paths, censor: '[redacted]' },
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

/** What a log says of an error: libraries hang whole connections, with their secrets, on theirs. */
function errorFacts(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack, cause } = error
  const code = 'code' in error ? { code: error.code } : {}
  return { name, message, ...code, stack, ...(cause === undefined ? {} : { cause: errorFacts(cause) }) }
}
