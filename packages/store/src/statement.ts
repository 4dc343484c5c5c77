/** One SQL statement, written out in full where it is declared. */
export interface Statement {
  /** Unique over the package; names the statement in test reports and slow-query logs. */
  readonly name: string
  readonly text: string
}

const registry = new Map<string, Statement>()

/**
 * Declares a statement. Every declared one is prepared against a migrated database in a test, so a statement that
 * does not fit the schema never reaches a release.
 *
 * @throws when the name is taken, which is a defect
 */
export function statement(name: string, text: string): Statement {
  if (registry.has(name)) throw new Error(`two statements are called ${name}`)
  const declared: Statement = { name, text }
  registry.set(name, declared)
  return declared
}

/** All statements declared by the modules that are loaded so far. */
export function declaredStatements(): readonly Statement[] {
  return [...registry.values()]
}
