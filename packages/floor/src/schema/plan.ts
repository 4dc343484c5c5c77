import { createHash } from 'node:crypto'
import { problem } from '@andon/core'
import { type Queryable, statement } from '@andon/store'
import type { FloorDatabase, FloorDatabaseName } from '../database.ts'
import { type Addition, FAMILIES, type Family, type FloorSchema, type ObjectAddition } from './addition.ts'

/** One thing that a migration would do. */
export interface PlannedChange {
  readonly database: FloorDatabaseName
  /** In words: `add the column jobs.operations`. */
  readonly what: string
  /** The statements that would run, in order. */
  readonly sql: readonly string[]
}

/** Where one of the shop's databases differs from what Andon needs. */
export interface SchemaTrouble {
  readonly database: string
  /** Table, or table and column. */
  readonly where: string
  readonly detail: string
}

const COLUMNS = statement(
  'floor_columns',
  `select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type
   from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where c.relkind in ('r', 'p', 'v', 'f') and c.relnamespace = current_schema()::regnamespace
     and c.relname = any($1::text[])`,
)

const HAS_SCHEMA_TABLE = statement(
  'floor_has_schema_table',
  `select to_regclass('andon_floor_schema') is not null as has`,
)

const DEFINITIONS = statement('floor_definitions', `select object, definition from andon_floor_schema`)

const KEEP_DEFINITION = statement(
  'floor_keep_definition',
  `insert into andon_floor_schema (object, definition) values ($1, $2)
   on conflict (object) do update set definition = excluded.definition`,
)

/** The values are quoted by the database itself. */
const QUOTE = statement('floor_quote', `select format($1, variadic $2::text[]) as sql`)

const LOCK = statement(
  'floor_migration_lock',
  `select pg_advisory_xact_lock(hashtextextended('andon.floor.schema', 0))`,
)

/**
 * What a migration would add to a database, in order; nothing when all is there.
 *
 * @throws floor_schema_mismatch when the shop's own tables are not as they should be
 */
export async function planSchema(
  database: FloorDatabase,
  schema: FloorSchema,
  { ownsTables }: { readonly ownsTables: boolean },
): Promise<PlannedChange[]> {
  const found = await inspect(database, schema)
  if (!ownsTables) refuse(troubles(schema, found))
  const planned: PlannedChange[] = []
  for (const change of changes(schema, found)) planned.push(await asItRuns(database, change))
  return planned
}

/**
 * Adds what is missing, all of it or nothing, and returns what was done. Several processes may do it at once.
 *
 * @throws floor_schema_mismatch when the shop's own tables are not as they should be
 */
export async function migrateSchema(
  database: FloorDatabase,
  schema: FloorSchema,
  { ownsTables }: { readonly ownsTables: boolean },
): Promise<PlannedChange[]> {
  return database.transaction(async (tx) => {
    await tx.query(LOCK)
    if (ownsTables) {
      for (const { table, sql } of schema.shopTables) {
        await tx.query({ name: `make ${table}`, text: sql, isKept: false })
      }
    }
    refuse(troubles(schema, await inspect(tx, schema)))
    const planned: PlannedChange[] = []
    for (const change of changes(schema, await inspect(tx, schema))) planned.push(await asItRuns(tx, change))
    for (const { sql, what } of planned) {
      for (const text of sql) await tx.query({ name: what, text, isKept: false })
    }
    for (const object of schema.additions.filter(isObject)) {
      await tx.query(KEEP_DEFINITION, [object.name, definitionOf(object, schema.additions)])
    }
    return planned
  })
}

/**
 * Looks whether a database is as Andon needs it.
 *
 * @throws floor_schema_mismatch for a table or column of the shop that is missing or has another type;
 *   floor_not_migrated when something has to be added first
 */
export async function checkSchema(database: FloorDatabase, schema: FloorSchema): Promise<void> {
  const found = await inspect(database, schema)
  refuse(troubles(schema, found))
  const missing = changes(schema, found)
  if (missing.length === 0) return
  throw problem('floor_not_migrated', {
    detail: `The shop's database "${schema.database}" misses additions of Andon: ${missing.length}. The first is ${missing[0]?.what}.`,
    extra: { database: schema.database, missing: missing.map(({ what }) => what) },
  })
}

interface Inspection {
  /** Type by `table.column`. */
  readonly types: ReadonlyMap<string, string>
  readonly tables: ReadonlySet<string>
  readonly definitions: ReadonlyMap<string, string>
}

type ValuedChange = PlannedChange & { readonly values?: readonly string[] | undefined }

async function inspect(db: Queryable, { shopTables, additions }: FloorSchema): Promise<Inspection> {
  const tables = [
    ...shopTables.map(({ table }) => table),
    ...additions.flatMap((addition) => (addition.kind === 'table' ? addition.name : [])),
  ]
  const columns = await db.query<{ table: string; column: string; type: string }>(COLUMNS, [tables])
  const [schemaTable] = await db.query<{ has: boolean }>(HAS_SCHEMA_TABLE)
  const rows = schemaTable?.has === true ? await db.query<{ object: string; definition: string }>(DEFINITIONS) : []
  return {
    types: new Map(columns.map(({ table, column, type }) => [`${table}.${column}`, type])),
    tables: new Set(columns.map(({ table }) => table)),
    definitions: new Map(rows.map(({ object, definition }) => [object, definition])),
  }
}

function changes({ database, additions }: FloorSchema, found: Inspection): ValuedChange[] {
  return additions.flatMap((addition) =>
    changesFor(addition, additions, found).map((change) => ({ ...change, database })),
  )
}

function changesFor(addition: Addition, all: readonly Addition[], found: Inspection): Omit<ValuedChange, 'database'>[] {
  if (addition.kind === 'table') {
    return found.tables.has(addition.name)
      ? widened(addition.name, addition.columns, found)
      : [{ what: `make the table ${addition.name}`, sql: [addition.sql] }]
  }
  if (addition.kind === 'column') {
    const name = `${addition.table}.${addition.name}`
    return found.types.has(name)
      ? widened(addition.table, { [addition.name]: addition.family }, found)
      : [{ what: `add the column ${name}`, sql: [addition.sql] }]
  }
  const known = found.definitions.get(addition.name)
  if (known === definitionOf(addition, all)) return []
  const { drop, name, sql, values } = addition
  const what = known === undefined ? `make ${name}` : `make ${name} anew`
  return [{ what, sql: drop === undefined ? [sql] : [drop, sql], values }]
}

/** Integers that were made too narrow: numbers of the shop's software outgrow them. */
function widened(table: string, columns: Readonly<Record<string, Family>>, { types }: Inspection) {
  return Object.entries(columns).flatMap(([column, family]) => {
    const type = types.get(`${table}.${column}`)
    if (family !== 'bigint' || type === undefined || !['integer', 'smallint'].includes(type)) return []
    const sql = WIDENINGS[`${table}.${column}`]
    return sql === undefined ? [] : [{ what: `widen ${table}.${column} to bigint`, sql: [sql] }]
  })
}

const WIDENINGS: Readonly<Record<string, string>> = {
  'processing_markers.last_processed_id': `alter table processing_markers alter column last_processed_id type bigint`,
  'job_status_updates.source_id': `alter table job_status_updates alter column source_id type bigint`,
  'job_operations.source_id': `alter table job_operations alter column source_id type bigint`,
  'imposition_operations.source_id': `alter table imposition_operations alter column source_id type bigint`,
}

function troubles({ database, shopTables, additions }: FloorSchema, found: Inspection): SchemaTrouble[] {
  const missing = shopTables
    .filter(({ table }) => !found.tables.has(table))
    .map(({ table }) => ({ database, where: table, detail: `The table "${table}" is missing.` }))
  const columns = shopTables
    .filter(({ table }) => found.tables.has(table))
    .flatMap((shop) => Object.entries(shop.columns).map(([name, family]) => ({ table: shop.table, name, family })))
  const own = additions.flatMap((addition) => ownColumns(addition, found))
  return [...missing, ...[...columns, ...own].flatMap((column) => columnTrouble(database, column, found))]
}

interface WantedColumn {
  readonly table: string
  readonly name: string
  readonly family: Family
}

/** Columns of additions that are there already: a table of the same name may be somebody else's. */
function ownColumns(addition: Addition, { tables, types }: Inspection): WantedColumn[] {
  if (addition.kind === 'column') {
    const { table, name, family } = addition
    return types.has(`${table}.${name}`) ? [{ table, name, family }] : []
  }
  if (addition.kind === 'object' || !tables.has(addition.name)) return []
  return Object.entries(addition.columns).map(([name, family]) => ({ table: addition.name, name, family }))
}

function columnTrouble(
  database: string,
  { table, name, family }: WantedColumn,
  { types }: Inspection,
): SchemaTrouble[] {
  const where = `${table}.${name}`
  const type = types.get(where)
  if (type === undefined) return [{ database, where, detail: `The column ${where} is missing.` }]
  // Narrow integers are widened by the migration.
  const allowed: readonly string[] = family === 'bigint' ? FAMILIES.integer : FAMILIES[family]
  if (allowed.includes(type)) return []
  return [{ database, where, detail: `The column ${where} is of type ${type}; it should be ${allowed.join(' or ')}.` }]
}

function refuse(found: readonly SchemaTrouble[]): void {
  const [first] = found
  if (first === undefined) return
  throw problem('floor_schema_mismatch', {
    detail: `In the shop's database "${first.database}": ${found.map(({ detail }) => detail).join(' ')}`,
    extra: { database: first.database, columns: found.map(({ where }) => where) },
  })
}

function isObject(addition: Addition): addition is ObjectAddition {
  return addition.kind === 'object'
}

function definitionOf({ sql, values = [], restsOn = [] }: ObjectAddition, all: readonly Addition[]): string {
  const below = all.filter(isObject).filter(({ name }) => restsOn.includes(name))
  return createHash('sha256')
    .update(JSON.stringify([sql, values, ...below.map((object) => definitionOf(object, all))]))
    .digest('hex')
}

/** The change with its values in its statements. */
async function asItRuns(db: Queryable, { database, sql, values, what }: ValuedChange): Promise<PlannedChange> {
  const texts: string[] = []
  for (const text of sql) texts.push(values === undefined ? text : await quoted(db, text, values))
  return { database, what, sql: texts }
}

async function quoted(db: Queryable, sql: string, values: readonly string[]): Promise<string> {
  if (!sql.includes('$L')) return sql
  const [row] = await db.query<{ sql: string }>(QUOTE, [sql, values])
  return row?.sql ?? sql
}
