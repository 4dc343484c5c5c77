import type { Queryable } from '../pool.ts'
import { statement } from '../statement.ts'

/** Months come and go with the calendar; what is like them in every database is their parent and the rest partition. */
const RELATIONS = statement(
  'schema_relations',
  `select c.oid::text as id, n.nspname as schema, c.relname as name, c.relkind::text as kind, c.reloptions as options,
     parent.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bound,
     case c.relkind when 'p' then pg_get_partkeydef(c.oid) end as partition_key,
     case c.relkind when 'v' then pg_get_viewdef(c.oid) end as definition
   from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     left join pg_inherits i on i.inhrelid = c.oid
     left join pg_class parent on parent.oid = i.inhparent
   where n.nspname in ('public', 'archive') and c.relkind in ('r', 'p', 'v', 'm', 'S')
     and (not c.relispartition or pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT')
     and not (c.relkind = 'S' and exists (
       select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'i'))
   order by n.nspname collate "C", c.relname collate "C"`,
)

const COLUMNS = statement(
  'schema_columns',
  `select a.attrelid::text as relation_id, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
     a.attnotnull as is_required, a.attidentity::text as identity, a.attgenerated::text as generated,
     pg_get_expr(d.adbin, d.adrelid) as default_value,
     case when a.attstorage <> t.typstorage then a.attstorage::text end as storage
   from pg_attribute a
     join pg_type t on t.oid = a.atttypid
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped
   order by a.attrelid, a.attnum`,
)

/** PostgreSQL 18 also keeps "not null" as a constraint; here it stands with its column. */
const CONSTRAINTS = statement(
  'schema_constraints',
  `select conrelid::text as relation_id, conname as name, pg_get_constraintdef(oid) as definition
   from pg_constraint
   where conrelid = any($1::oid[]) and contype <> 'n'
   order by conrelid, contype = 'p' desc, conname collate "C"`,
)

const INDEXES = statement(
  'schema_indexes',
  `select i.indrelid::text as relation_id, pg_get_indexdef(i.indexrelid) as definition
   from pg_index i join pg_class c on c.oid = i.indexrelid
   where i.indrelid = any($1::oid[])
     and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid)
   order by i.indrelid, c.relname collate "C"`,
)

const TRIGGERS = statement(
  'schema_triggers',
  `select tgrelid::text as relation_id, pg_get_triggerdef(oid) as definition
   from pg_trigger where tgrelid = any($1::oid[]) and not tgisinternal
   order by tgrelid, tgname collate "C"`,
)

const FUNCTIONS = statement(
  'schema_functions',
  `select pg_get_functiondef(p.oid) as definition
   from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where n.nspname in ('public', 'archive')
     and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
   order by n.nspname collate "C", p.proname collate "C", pg_get_function_identity_arguments(p.oid) collate "C"`,
)

/** `r` table, `p` partitioned table, `v` view, `m` materialised view, `S` sequence. */
export interface SchemaRelation {
  readonly id: string
  readonly schema: string
  readonly name: string
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'S'
  readonly options: readonly string[] | null
  /** Of a partition, else null. */
  readonly parent: string | null
  readonly bound: string | null
  readonly partition_key: string | null
  /** Of a view, else null. */
  readonly definition: string | null
}

export interface SchemaColumn {
  readonly relation_id: string
  readonly name: string
  readonly type: string
  readonly is_required: boolean
  /** `a` always, `d` by default, empty when it is none. */
  readonly identity: string
  /** `s` stored, `v` virtual, empty when it is none. */
  readonly generated: string
  readonly default_value: string | null
  /** Where it is not the one of its type: `p` plain, `e` external, `m` main, `x` extended. */
  readonly storage: string | null
}

/** A constraint (with a name), an index or a trigger, as PostgreSQL would write it. */
export interface SchemaPart {
  readonly relation_id: string
  readonly name?: string
  readonly definition: string
}

/** What PostgreSQL's catalogue says of the schema, in an order that does not depend on how it came to be. */
export interface SchemaFacts {
  readonly relations: readonly SchemaRelation[]
  readonly columns: readonly SchemaColumn[]
  readonly constraints: readonly SchemaPart[]
  readonly indexes: readonly SchemaPart[]
  readonly triggers: readonly SchemaPart[]
  readonly functions: readonly string[]
}

/** Reads the catalogue of a database; rows are not looked at. */
export async function schemaFacts(db: Queryable): Promise<SchemaFacts> {
  const relations = await db.query<SchemaRelation>(RELATIONS)
  const ids = [relations.map((relation) => relation.id)]
  const functions = await db.query<{ definition: string }>(FUNCTIONS)
  return {
    relations,
    columns: await db.query<SchemaColumn>(COLUMNS, ids),
    constraints: await db.query<SchemaPart>(CONSTRAINTS, ids),
    indexes: await db.query<SchemaPart>(INDEXES, ids),
    triggers: await db.query<SchemaPart>(TRIGGERS, ids),
    functions: functions.map((row) => row.definition),
  }
}
