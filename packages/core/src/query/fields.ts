import { FINAL_STATES, JOB_STATES, PRIORITIES, PROOFS, WAIT_REASONS } from '../states.ts'

/**
 * What the values of a field are: one of a list, words, words with `*`, spans of time, points in time, numbers, a key
 * with an optional value, or what stands at a path of a JSON document.
 */
export type QueryFieldKind = 'enum' | 'word' | 'wildcard' | 'duration' | 'time' | 'number' | 'json'

/** One field that queries can name. */
export interface QueryField {
  readonly name: string
  readonly kind: QueryFieldKind
  /** The allowed values of an `enum` field; null for others. */
  readonly values: readonly string[] | null
  /** Other names by which people ask for it. */
  readonly aliases: readonly string[]
  /** What it holds, in one sentence for completion and documentation. */
  readonly doc: string
  readonly example: string
}

/** States that stand for several: `active` is every state that is not final, `final` every one that is. */
export const STATE_GROUPS = ['active', 'final'] as const

/** The states that a value of the field `state` stands for. */
export function statesOf(value: string): readonly string[] {
  if (value === 'final') return FINAL_STATES
  if (value === 'active') return JOB_STATES.filter((state) => !(FINAL_STATES as readonly string[]).includes(state))
  return [value]
}

const of = (
  kind: QueryFieldKind,
  name: string,
  doc: string,
  more: Partial<QueryField> & { example: string },
): QueryField => ({
  name,
  kind,
  values: null,
  aliases: [],
  doc,
  ...more,
})

/** Every field of the query language, in the order in which completion offers them. */
export const QUERY_FIELDS: readonly QueryField[] = [
  of('enum', 'state', 'The state of the job', {
    values: [...JOB_STATES, ...STATE_GROUPS],
    aliases: ['status'],
    example: 'state:failed,running',
  }),
  of('wildcard', 'type', 'The type of the job', { example: 'type:print.*' }),
  of('wildcard', 'queue', 'The queue it waits in', { example: 'queue:reports' }),
  of('wildcard', 'printer', 'The printer it is for or was printed on', { example: 'printer:"Badge 01"' }),
  of('wildcard', 'pool', 'The pool of printers it is for', { example: 'pool:labels' }),
  of('wildcard', 'station', 'The station that prints it', { aliases: ['machine'], example: 'station:desk-1' }),
  of('wildcard', 'worker', 'The worker that has or had it', { example: 'worker:w1' }),
  of('wildcard', 'by', 'Who created it', { aliases: ['user', 'created_by', 'author'], example: 'by:anna' }),
  of('wildcard', 'tag', 'A tag, as its key or as key=value', {
    aliases: ['tags', 'label'],
    example: 'tag:shift=night',
  }),
  of('wildcard', 'subject', 'What it is about, as its id or as type=id', { example: 'subject:order=4711' }),
  of('wildcard', 'item.ref', 'The reference of one of its items', {
    aliases: ['ref', 'item'],
    example: 'item.ref:BOX-7',
  }),
  of('wildcard', 'error', 'The code of its error', { aliases: ['code'], example: 'error:printer_offline' }),
  of('wildcard', 'fingerprint', 'The group of errors of the same cause that its error is of', {
    aliases: ['error.group'],
    example: 'fingerprint:printer_offline.*',
  }),
  of('enum', 'priority', 'Its priority', { values: PRIORITIES, example: 'priority:urgent' }),
  of('enum', 'proof', 'How far the print is known to have got', { values: PROOFS, example: 'proof:confirmed' }),
  of('enum', 'wait', 'Why it waits', {
    values: WAIT_REASONS,
    aliases: ['hold', 'waiting'],
    example: 'wait:unconfirmed',
  }),
  of('wildcard', 'id', 'Its id or the beginning of it', { aliases: ['job'], example: 'id:0190b3c4*' }),
  of('wildcard', 'parent', 'The job it waits for', { example: 'parent:0190b3c4*' }),
  of('wildcard', 'retry_of', 'The job it retries', { aliases: ['retry'], example: 'retry_of:*' }),
  of('time', 'created', 'When it was created', { aliases: ['since', 'created_at'], example: 'created:<2h' }),
  of('time', 'started', 'When it was started', { aliases: ['started_at'], example: 'started:<30m' }),
  of('time', 'finished', 'When it ended', { aliases: ['finished_at', 'ended'], example: 'finished:2026-11-22' }),
  of('duration', 'duration', 'How long it ran or has been running', { aliases: ['took'], example: 'duration:>30s' }),
  of('duration', 'waited', 'How long it waited before it was started', { example: 'waited:>5m' }),
  of('number', 'attempt', 'The number of its last attempt', { aliases: ['attempts'], example: 'attempt:>1' }),
  of('number', 'items', 'How many items it has', { aliases: ['items.total', 'quantity'], example: 'items:>=200' }),
  of('number', 'items.done', 'How many of its items are done', { example: 'items.done:0' }),
  of('number', 'items.failed', 'How many of its items failed', { example: 'items.failed:>0' }),
  of('json', 'input', 'A value in its input, by path', { example: 'input.order.id:123' }),
  of('json', 'result', 'A value in its result, by path', { example: 'result.pages:>100' }),
]

const BY_NAME: ReadonlyMap<string, QueryField> = new Map(
  QUERY_FIELDS.flatMap((field) => [field.name, ...field.aliases].map((name) => [name, field] as const)),
)

/** The field of a written name and the path below it; null when there is no such field. */
export function findQueryField(
  written: string,
): { readonly field: QueryField; readonly path: readonly string[] } | null {
  const plain = BY_NAME.get(written.toLowerCase())
  if (plain !== undefined && plain.kind !== 'json') return { field: plain, path: [] }
  const [root = '', ...path] = written.split('.')
  const field = BY_NAME.get(root.toLowerCase())
  return field?.kind === 'json' && path.length > 0 && !path.includes('') ? { field, path } : null
}

/** Every name that may stand before a colon, aliases included. */
export const QUERY_FIELD_NAMES: readonly string[] = [...BY_NAME.keys()]
