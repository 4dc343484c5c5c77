import { snakeKeys } from '@andon/core'
import type { Queryable } from './pool.ts'
import { statement } from './statement.ts'

/** Who asked for a change: a person, a token, or a part of Andon itself (`name` such as `system:rescue`). */
export interface Actor {
  readonly name: string
  readonly accountId?: number | null
  readonly address?: string | null
  readonly requestId?: string | null
}

/** What an act of a person changed. */
export interface Act {
  /** Verb with its noun, such as `job.cancel`. */
  readonly action: string
  /** What was changed, such as `job:<id>` or `lane:7`. */
  readonly target: string
  /** Kept with field names as the API writes them. */
  readonly before?: unknown
  readonly after?: unknown
}

/** Fields that hold what callers gave: the names inside are theirs. */
const OF_CALLERS: ReadonlySet<string> = new Set(['input', 'result', 'tags'])

const WRITE_AUDIT = statement(
  'write_audit',
  `insert into audit (actor, address, action, target, before, after, request_id)
   select $1, $2, a.action, a.target, a.before, a.after, $3
   from unnest($4::text[], $5::text[], $6::jsonb[], $7::jsonb[]) as a (action, target, before, after)`,
)

/** Writes acts into the audit; always in the transaction that does what they say. */
export async function writeAudit(tx: Queryable, actor: Actor, acts: readonly Act[]): Promise<void> {
  if (acts.length === 0) return
  await tx.query(WRITE_AUDIT, [
    actor.name,
    actor.address ?? null,
    actor.requestId ?? null,
    acts.map((act) => act.action),
    acts.map((act) => act.target),
    acts.map((act) => json(act.before)),
    acts.map((act) => json(act.after)),
  ])
}

function json(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(withApiNames(value))
}

function withApiNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withApiNames)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const parts = Object.entries(snakeKeys(value))
  return Object.fromEntries(parts.map(([name, part]) => [name, OF_CALLERS.has(name) ? part : withApiNames(part)]))
}
