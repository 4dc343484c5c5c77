import type { Queryable } from './pool.ts'
import {
  type SchemaColumn,
  type SchemaFacts,
  schemaFacts,
  type SchemaPart,
  type SchemaRelation,
} from './queries/schema-facts.ts'

const STORAGES: Readonly<Record<string, string>> = { e: 'external', m: 'main', p: 'plain', x: 'extended' }

/**
 * The schema of a migrated database as one text, for people and for comparison: the same on every PostgreSQL that
 * Andon runs on. Partitions of months are left out. It is written like SQL but is not meant to be run.
 */
export async function schemaSnapshot(db: Queryable): Promise<string> {
  const facts = await schemaFacts(db)
  const relations = facts.relations.map((relation) => relationText(relation, facts))
  return `${[...relations, ...facts.functions.map(functionText)].join('\n\n')}\n`
}

function relationText(relation: SchemaRelation, facts: SchemaFacts): string {
  const name = relation.schema === 'public' ? relation.name : `${relation.schema}.${relation.name}`
  if (relation.kind === 'S') return `create sequence ${name};`
  if (relation.parent !== null) return `create table ${name} partition of ${relation.parent} ${relation.bound};`
  const columns = facts.columns.filter(isOf(relation)).map(columnText)
  if (relation.definition !== null) return viewText({ ...relation, name, definition: relation.definition }, columns)
  const constraints = facts.constraints.filter(isOf(relation)).map(({ name, definition }) => {
    return `constraint ${name} ${definition}`
  })
  const lines = [...columns, ...constraints].map((line) => `  ${line}`).join(',\n')
  const head = `create table ${name} (\n${lines}\n)${tableOptions(relation)};`
  const others = [...facts.indexes, ...facts.triggers].filter(isOf(relation))
  return [head, ...others.map(({ definition }) => `${definition};`)].join('\n')
}

function isOf(relation: SchemaRelation): (part: SchemaColumn | SchemaPart) => boolean {
  return (part) => part.relation_id === relation.id
}

function columnText(column: SchemaColumn): string {
  const words = [column.name, column.type]
  if (column.storage !== null) words.push(`storage ${STORAGES[column.storage] ?? column.storage}`)
  if (column.is_required) words.push('not null')
  if (column.identity !== '') words.push(`generated ${column.identity === 'a' ? 'always' : 'by default'} as identity`)
  if (column.generated !== '') words.push(`generated always as (${column.default_value})`)
  else if (column.default_value !== null) words.push(`default ${column.default_value}`)
  return words.join(' ')
}

/** PostgreSQL 15 names the table before each column of a view, later ones only where they must. */
function viewText(view: { name: string; definition: string }, columns: readonly string[]): string {
  const tables = [...view.definition.matchAll(/\b(?:FROM|JOIN) \(*([a-z_]+)/g)].map((match) => match[1])
  const definition = tables.reduce<string>((text, table) => text.replaceAll(`${table}.`, ''), view.definition)
  const head = columns.map((column) => `--   ${column}`).join('\n')
  return `create view ${view.name} as\n${head}\n${definition}`
}

function tableOptions({ options, partition_key: key }: SchemaRelation): string {
  const partition = key === null ? '' : ` partition by ${key}`
  return options === null ? partition : `${partition} with (${options.toSorted().join(', ')})`
}

function functionText(definition: string): string {
  return `${definition.trimEnd()};`
}
