import type { PoolClient } from 'pg'
import type { BackupHeader, BackupPartition, BackupSequence, BackupTable, TableName } from './backup-file.ts'
import { onlyRow } from './rows.ts'

/** The record of migrations is compared by a restore, not copied. */
const NOT_COPIED = 'public.schema_migration'

/** The migrations a database has, in order. */
export async function readMigrationSums(client: PoolClient): Promise<BackupHeader['migrations']> {
  const { rows } = await client.query<{ checksum: string; version: number }>(
    'select version, checksum from public.schema_migration order by version',
  )
  return rows
}

/**
 * All tables that hold what must outlive the server: plain and partitioned ones of every schema but the system's and
 * the extensions'. Unlogged tables are empty after a crash anyway. Partitions come with their partitioned table.
 */
export async function readTables(client: PoolClient): Promise<BackupTable[]> {
  const { rows } = await client.query<{ columns: string[]; is_root: boolean; name: string; schema: string }>(
    `select n.nspname as schema, c.relname as name, c.relkind = 'p' as is_root,
            array(select a.attname::text from pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                  order by a.attnum) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p'
       and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
       and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
     order by n.nspname, c.relname`,
  )
  const wanted = rows.filter((row) => keyOf(row) !== NOT_COPIED)
  const partitions = await readPartitions(client)
  const tables = wanted.map((row) => ({
    columns: row.columns,
    like: row.is_root ? null : shapeOf(row, wanted),
    name: row.name,
    partitions: partitions.get(keyOf(row)) ?? [],
    schema: row.schema,
  }))
  return inOrderOfReferences(tables, await readReferences(client))
}

/** Where every sequence stands. Read after the tables, so that it is not behind their rows. */
export async function readSequences(client: PoolClient): Promise<BackupSequence[]> {
  const { rows } = await client.query<TableName>(
    `select n.nspname as schema, c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'S' and c.relpersistence = 'p' and n.nspname not like 'pg\\_%' order by 1, 2`,
  )
  const sequences: BackupSequence[] = []
  for (const { name, schema } of rows) {
    const state = await client.query<{ is_called: boolean; last_value: string }>(
      `select last_value::text, is_called from ${quoted(client, { name, schema })}`,
    )
    const { is_called: isCalled, last_value: lastValue } = onlyRow(state.rows)
    sequences.push({ isCalled, lastValue, name, schema })
  }
  return sequences
}

/** A table's name as SQL. */
export function quoted(client: PoolClient, table: TableName): string {
  return `${client.escapeIdentifier(table.schema)}.${client.escapeIdentifier(table.name)}`
}

/** The names of columns as SQL. */
export function quotedColumns(client: PoolClient, columns: readonly string[]): string {
  return columns.map((column) => client.escapeIdentifier(column)).join(', ')
}

async function readPartitions(client: PoolClient): Promise<Map<string, BackupPartition[]>> {
  const { rows } = await client.query<BackupPartition & { root: string }>(
    `select rn.nspname || '.' || r.relname as root, n.nspname as schema, c.relname as name,
            pg_get_expr(c.relpartbound, c.oid) as bound
     from pg_inherits i
     join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_class r on r.oid = i.inhparent join pg_namespace rn on rn.oid = r.relnamespace
     where c.relispartition and c.relkind = 'r' order by 1, 2, 3`,
  )
  const byRoot = new Map<string, BackupPartition[]>()
  for (const { bound, name, root, schema } of rows) {
    byRoot.set(root, [...(byRoot.get(root) ?? []), { bound, name, schema }])
  }
  return byRoot
}

/** A partition that was taken out has the name of its table, an ending, and the same columns. */
function shapeOf(
  table: { columns: string[]; name: string },
  all: readonly { columns: string[]; is_root: boolean; name: string; schema: string }[],
): TableName | null {
  const root = all.find(
    (other) =>
      other.is_root &&
      table.name.startsWith(`${other.name}_`) &&
      // Columns may stand in another order in a table that was attached once.
      other.columns.toSorted().join() === table.columns.toSorted().join(),
  )
  return root ? { name: root.name, schema: root.schema } : null
}

async function readReferences(client: PoolClient): Promise<{ from: string; to: string }[]> {
  const { rows } = await client.query<{ from: string; to: string }>(
    `select fn.nspname || '.' || f.relname as "from", tn.nspname || '.' || t.relname as "to"
     from pg_constraint k
     join pg_class f on f.oid = k.conrelid join pg_namespace fn on fn.oid = f.relnamespace
     join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
     where k.contype = 'f' and f.oid <> t.oid`,
  )
  return rows
}

/** Tables after those they refer to; a circle is cut at its first table by name. */
function inOrderOfReferences(tables: BackupTable[], references: { from: string; to: string }[]): BackupTable[] {
  const byKey = new Map(tables.map((table) => [keyOf(table), table]))
  const ordered = new Set<BackupTable>()
  const entered = new Set<BackupTable>()
  const place = (table: BackupTable): void => {
    if (entered.has(table)) return
    entered.add(table)
    for (const reference of references) {
      const target = reference.from === keyOf(table) ? byKey.get(reference.to) : undefined
      if (target) place(target)
    }
    ordered.add(table)
  }
  for (const table of tables) place(table)
  return [...ordered]
}

function keyOf(table: TableName): string {
  return `${table.schema}.${table.name}`
}
