import { type Queryable, statement } from '@andon/store'

const READ_CATALOGUE = statement(
  'floor_read_catalogue',
  `select operation_id, operation_type, position from operation_catalogue order by position, operation_id`,
)

/** One id of an operation. An operation may have several; the first is the one that is written where none is planned. */
export interface CatalogueRow {
  readonly operation_id: string
  /** Its name, such as `kiss_cut`. */
  readonly operation_type: string
  /** Order on the floor. */
  readonly position: number
}

/** The catalogue by columns, as statements take it. */
export interface OperationIds {
  readonly ids: readonly string[]
  readonly types: readonly string[]
  /** Whether an id is the first of its operation. */
  readonly areFirst: readonly boolean[]
}

/** The shop's operations, in their order. */
export function readCatalogue(db: Queryable): Promise<CatalogueRow[]> {
  return db.query<CatalogueRow>(READ_CATALOGUE)
}

const WRITE_CATALOGUE = statement(
  'floor_write_catalogue',
  `with given as (
     select * from unnest($1::text[], $2::text[], $3::int[]) as g (operation_id, operation_type, position)
   ), gone as (
     delete from operation_catalogue where operation_id not in (select operation_id from given)
   )
   insert into operation_catalogue (operation_id, operation_type, position) select * from given
   on conflict (operation_id) do update set operation_type = excluded.operation_type, position = excluded.position`,
)

/** Replaces all of it. */
export async function writeCatalogue(db: Queryable, rows: readonly CatalogueRow[]): Promise<void> {
  const unique = [...new Map(rows.map((row) => [row.operation_id, row])).values()]
  await db.query(WRITE_CATALOGUE, [
    unique.map((row) => row.operation_id),
    unique.map((row) => row.operation_type),
    unique.map((row) => row.position),
  ])
}

/** Names of the operations, in their order. */
export function operationTypes(rows: readonly CatalogueRow[]): string[] {
  return [...new Set(rows.map((row) => row.operation_type))]
}

/** By columns. */
export function operationIds(rows: readonly CatalogueRow[]): OperationIds {
  const seen = new Set<string>()
  return {
    ids: rows.map((row) => row.operation_id),
    types: rows.map((row) => row.operation_type),
    areFirst: rows.map(({ operation_type: type }) => {
      const isFirst = !seen.has(type)
      seen.add(type)
      return isFirst
    }),
  }
}

/** The ids of one operation, the first one first. */
export function idsOf(rows: readonly CatalogueRow[], type: string): string[] {
  return rows.filter((row) => row.operation_type === type).map((row) => row.operation_id)
}
