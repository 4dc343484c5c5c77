import { codeOf, type ErrorCode, isProblem, problem } from '@andon/core'

/**
 * SQLSTATE codes after which the same work can simply be done again: it was rolled back as a whole. After a unique
 * violation it sees what another had not committed when it looked, and can say that a name is taken.
 */
const REPEATABLE = new Set(['23505', '40001', '40P01'])

/** Codes of the operating system and of the driver that mean that nobody answers. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/** Whether work that failed so may be repeated at once: of two at the same time the other was first. */
export function isRepeatable(error: unknown): boolean {
  return REPEATABLE.has(codeOf(error))
}

/** Whether the connection is gone, so that nobody knows whether the statement was done. */
export function isDisconnect(error: unknown): boolean {
  return catalogueCode(error) === 'database_unavailable'
}

/** The error of the catalogue that stands for a database error; others are returned as they are. */
export function mapDatabaseError(error: unknown): unknown {
  if (isProblem(error)) return error
  const code = catalogueCode(error)
  return code === null ? error : problem(code, { cause: error })
}

function catalogueCode(error: unknown): ErrorCode | null {
  const code = codeOf(error)
  if (code === '57014' || code === '55P03' || code === '25P03' || code === '57P05') return 'database_timeout'
  if (code === '53100') return 'disk_full'
  if (code === '22P05' || code === '22021') return 'nul_character'
  if (code.startsWith('08') || code.startsWith('57P') || code === '53300' || code === '25006') {
    return 'database_unavailable'
  }
  if (UNREACHABLE.has(code)) return 'database_unavailable'
  const message = error instanceof Error ? error.message : ''
  if (/no space left on device/i.test(message)) return 'disk_full'
  if (/timeout exceeded when trying to connect|timeout expired/.test(message)) return 'database_unavailable'
  if (/connection terminated|connection ended|server closed the connection|not queryable/i.test(message)) {
    return 'database_unavailable'
  }
  return null
}
