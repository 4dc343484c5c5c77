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
  return renamed(value, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)) as SnakeKeys<T>
}

/** Names of the object's own members as in code. Only one level, like {@link snakeKeys}. */
export function camelKeys<T extends object>(value: T): CamelKeys<T> {
  return renamed(value, (name) =>
    name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
  ) as CamelKeys<T>
}

function renamed(value: object, rename: (name: string) => string): unknown {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [rename(name), member]))
}
