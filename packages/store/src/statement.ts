/** One SQL statement, written out in full where it is declared. */
export interface Statement {
  /** Unique over the package; names the statement in test reports and slow-query logs. */
  readonly name: string
  readonly text: string
  /** Each connection keeps it parsed once it was used there. */
  readonly isKept: boolean
}

const registry = new Map<string, Statement>()

/**
 * Declares a statement. Every declared one is prepared against a migrated database in a test, so a statement that
 * does not fit the schema never reaches a release.
 *
 * @throws when the name is taken, which is a defect
 */
export function statement(name: string, text: string): Statement {
  return declare({ name, text, isKept: false })
}

/**
 * A statement of the hot path, which connections keep parsed: that costs memory in each of them. It names its columns,
 * because one that returns all is refused as soon as a newer Andon adds one.
 *
 * @throws when the name is taken, which is a defect
 */
export function keptStatement(name: string, text: string): Statement {
  return declare({ name, text, isKept: true })
}

function declare(declared: Statement): Statement {
  if (registry.has(declared.name)) throw new Error(`two statements are called ${declared.name}`)
  registry.set(declared.name, declared)
  return declared
}

/** All statements declared by the modules that are loaded so far. */
export function declaredStatements(): readonly Statement[] {
  return [...registry.values()]
}
