/** `jobId` → `job_id`. */
export type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? Head extends Lowercase<Head>
    ? `${Head}${SnakeCase<Tail>}`
    : `_${Lowercase<Head>}${SnakeCase<Tail>}`
  : S

/** `job_id` → `jobId`. */
export type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S

/** The type with the names of its own members as they are on the wire; what lies below keeps its names. */
export type SnakeKeys<T> = T extends unknown ? { [K in keyof T as K extends string ? SnakeCase<K> : K]: T[K] } : never

/** The type with the names of its own members as they are in code; what lies below keeps its names. */
export type CamelKeys<T> = T extends unknown ? { [K in keyof T as K extends string ? CamelCase<K> : K]: T[K] } : never

/** Names of the object's own members as on the wire. Only one level: below may lie payloads, whose names are theirs. */
export function snakeKeys<T extends object>(value: T): SnakeKeys<T> {
  return renamed(value, SNAKE) as SnakeKeys<T>
}

/** Names of the object's own members as in code. Only one level, like {@link snakeKeys}. */
export function camelKeys<T extends object>(value: T): CamelKeys<T> {
  return renamed(value, CAMEL) as CamelKeys<T>
}

/** Far more names than the wire has: what somebody else sends does not fill the memory. */
const NAMES_KEPT = 2_000

/** Names that were changed before, since each log line and each claimed job has the same ones. */
class Renaming {
  readonly #known = new Map<string, string>()
  readonly #rename: (name: string) => string

  constructor(rename: (name: string) => string) {
    this.#rename = rename
  }

  of(name: string): string {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const renamedTo = this.#rename(name)
    if (this.#known.size < NAMES_KEPT) this.#known.set(name, renamedTo)
    return renamedTo
  }
}

const SNAKE = new Renaming((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
const CAMEL = new Renaming((name) => name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()))

function renamed(value: object, renaming: Renaming): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) result[renaming.of(name)] = member
  return result
}
