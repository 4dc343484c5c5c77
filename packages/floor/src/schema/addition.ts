import type { FloorDatabaseName } from '../database.ts'

/** Types that a column may have; a shop's own tables are taken as they are when they mean the same. */
export const FAMILIES = {
  text: ['text', 'character varying', 'character'],
  integer: ['smallint', 'integer', 'bigint'],
  bigint: ['bigint'],
  boolean: ['boolean'],
  json: ['jsonb'],
  time: ['timestamp without time zone', 'timestamp with time zone'],
} as const satisfies Record<string, readonly string[]>

export type Family = keyof typeof FAMILIES

/** A table of the shop, with the columns that Andon reads or writes. */
export interface ShopTable {
  readonly table: string
  readonly columns: Readonly<Record<string, Family>>
  /** Makes it where Andon owns the database. */
  readonly sql: string
}

/** Something that Andon adds to one of the shop's databases. Each may be made twice. */
export type Addition = TableAddition | ColumnAddition | ObjectAddition

/** A table of Andon's own, with the columns that are looked at when it was there before. */
export interface TableAddition {
  readonly kind: 'table'
  readonly name: string
  readonly columns: Readonly<Record<string, Family>>
  readonly sql: string
}

/** A column of a shop's table. */
export interface ColumnAddition {
  readonly kind: 'column'
  readonly table: string
  readonly name: string
  readonly family: Family
  readonly sql: string
}

/** An index, view, function or row: known by the definition that it was made from, and made anew when that changes. */
export interface ObjectAddition {
  readonly kind: 'object'
  readonly name: string
  /** Makes it; `values` are quoted into the places `%1$L`, `%2$L` by PostgreSQL itself. */
  readonly sql: string
  readonly values?: readonly string[]
  /** Takes an older one away first. */
  readonly drop?: string
  /** Names of objects that take this one with them when they are made anew: it is made anew after them. */
  readonly restsOn?: readonly string[]
}

/** Everything about one of the two databases. */
export interface FloorSchema {
  readonly database: FloorDatabaseName
  readonly shopTables: readonly ShopTable[]
  readonly additions: readonly Addition[]
}

/** Where a database keeps which definitions its objects were made from. */
export const SCHEMA_TABLE: TableAddition = {
  kind: 'table',
  name: 'andon_floor_schema',
  columns: { object: 'text', definition: 'text' },
  sql: `create table if not exists andon_floor_schema (object text primary key, definition text not null)`,
}
