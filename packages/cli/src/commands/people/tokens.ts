import { parseDuration, parseTime, SCOPES, type Scope, type TokenView } from '@andon/core'
import { EXIT, type ExitCode, UsageError } from '../../exit.ts'
import { FIELDS } from '../../output/fields.ts'
import { printDetails, printRows, type RowsSpec } from '../../output/rows.ts'
import type { Session } from '../../session.ts'
import { eachOf } from '../each.ts'

/** Flags of `tokens create`. */
export interface TokenFlags {
  readonly account?: string
  readonly expires?: string
  readonly scopes?: string
  readonly station?: string
}

const ROWS: RowsSpec<TokenView> = {
  fields: FIELDS.TokenView,
  columns: [
    { name: 'id', title: 'ID', value: (token) => token.id },
    { name: 'name', title: 'NAME', shrink: 10, value: (token) => token.name },
    { name: 'account', title: 'OF', value: (token) => token.account },
    {
      name: 'scopes',
      title: 'SCOPES',
      shrink: 10,
      value: (token) => token.scopes,
      cell: ({ scopes, station }) => `${scopes.join(', ')}${station === null ? '' : ` (only ${station})`}`,
    },
    {
      name: 'last_used_at',
      title: 'LAST USED',
      drop: 1,
      value: (token) => token.last_used_at,
      cell: (token, look) => look.time(token.last_used_at) || 'never',
    },
    {
      name: 'expires_at',
      title: 'EXPIRES',
      value: (token) => token.expires_at,
      cell: (token, look) => (token.revoked_at === null ? look.time(token.expires_at) || 'never' : 'revoked'),
    },
  ],
  empty: 'No tokens. Make one with: andon tokens create NAME --scopes read',
  name: (token) => token.id,
}

/** `andon tokens list` */
export async function listTokens(session: Session): Promise<ExitCode> {
  const andon = await session.andon()
  printRows(session, await andon.tokens.list(), ROWS)
  return EXIT.ok
}

/** `andon tokens create`: the token itself goes to stdout, this once. */
export async function createToken(session: Session, name: string, flags: TokenFlags): Promise<ExitCode> {
  const ofStation = flags.station === undefined ? {} : { station: flags.station }
  const written = flags.scopes ?? (flags.station === undefined ? 'read' : 'station')
  const scopes = written.split(',').map((scope) => scopeOf(scope.trim()))
  const expiry = flags.expires === undefined ? {} : { expires_at: expiryOf(flags.expires, session.io.now()) }
  const andon = await session.andon()
  const account = flags.account === undefined ? {} : { account: flags.account }
  const { token, view } = await andon.tokens.create({ name, scopes, ...ofStation, ...account, ...expiry })
  printDetails(session, [{ token, ...view }], {
    ...ROWS,
    columns: [{ name: 'token', title: 'TOKEN', value: (made) => made.token }, ...ROWS.columns],
    name: (made) => made.token,
    lines: (made) => [made.token],
  })
  session.note('Keep it safe: it is not shown again.')
  return EXIT.ok
}

/** `andon tokens revoke` */
export async function revokeTokens(session: Session, ids: readonly string[]): Promise<ExitCode> {
  const andon = await session.andon()
  return eachOf(session, ids, async (id) => {
    await andon.tokens.revoke(id)
    session.note(`Revoked ${id}.`)
  })
}

function scopeOf(written: string): Scope {
  const scope = SCOPES.find((known) => known === written)
  if (scope === undefined) throw new UsageError(`There is no scope "${written}".`, `Choose from: ${SCOPES.join(', ')}`)
  return scope
}

function expiryOf(written: string, nowMs: number): string | null {
  if (written === 'never') return null
  const durationMs = parseDuration(written)
  const timeMs = durationMs === null ? parseTime(written)?.timeMs : nowMs + durationMs
  if (timeMs !== undefined) return new Date(timeMs).toISOString()
  throw new UsageError(`--expires does not understand "${written}".`, 'Give a duration such as 30d, a date, or never.')
}
