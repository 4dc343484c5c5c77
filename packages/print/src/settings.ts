import { problem } from '@andon/core'

/** One setting of a driver, as data for a form and as a check. */
export interface Setting<T> {
  readonly type: 'integer' | 'boolean' | 'text' | 'secret' | 'choice'
  /** What the setting does, with its unit, as a sentence for the person who fills in the form. */
  readonly description: string
  readonly default: T
  /** What is accepted, in words or as a list. */
  readonly allowed: string | readonly string[]
  /** Whether `value` is accepted. */
  accepts(value: unknown): value is T
}

/** The settings of a driver by name. */
export type SettingsSchema = Readonly<Record<string, Setting<unknown>>>

/** The values that belong to a schema. */
export type SettingsOf<S extends SettingsSchema> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** A whole number within `min` and `max`, both inclusive. */
export function integer(options: { default: number; min: number; max: number; description: string }): Setting<number> {
  const { min, max } = options
  return {
    type: 'integer',
    default: options.default,
    description: options.description,
    allowed: `a whole number from ${min} to ${max}`,
    accepts: (value): value is number => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
  }
}

/** Yes or no. */
export function flag(options: { default: boolean; description: string }): Setting<boolean> {
  return { ...options, type: 'boolean', allowed: 'true or false', accepts: (value) => typeof value === 'boolean' }
}

/** One of several words. */
export function choice<const C extends string>(options: {
  default: C
  choices: readonly C[]
  description: string
}): Setting<C> {
  const choices: readonly string[] = options.choices
  return {
    type: 'choice',
    default: options.default,
    description: options.description,
    allowed: options.choices,
    accepts: (value): value is C => typeof value === 'string' && choices.includes(value),
  }
}

/** A text of at most 1,000 characters without control characters; empty means not set. */
export function text(options: { description: string; secret?: boolean }): Setting<string> {
  return {
    type: options.secret === true ? 'secret' : 'text',
    default: '',
    description: options.description,
    allowed: 'a text of at most 1000 characters without control characters',
    accepts: (value): value is string =>
      // oxlint-disable-next-line no-control-regex -- control characters are what is refused here
      typeof value === 'string' && value.length <= 1000 && !/[\u0000-\u001f\u007f]/.test(value),
  }
}

/**
 * Checks settings as they were stored or sent, and fills in the defaults.
 *
 * @throws AndonError `validation_failed` naming the first wrong setting as `/settings/<name>`; unknown names are wrong.
 */
export function readSettings<S extends SettingsSchema>(
  schema: S,
  values: Readonly<Record<string, unknown>>,
): SettingsOf<S> {
  for (const name of Object.keys(values)) {
    if (Object.hasOwn(schema, name)) continue
    const allowed = Object.keys(schema)
    throw problem('validation_failed', {
      field: `/settings/${name}`,
      detail: `This driver has no setting "${name}".`,
      allowed,
    })
  }
  const read: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(schema)) {
    const value = values[name] ?? setting.default
    if (!setting.accepts(value)) {
      const detail = `The setting "${name}" must be ${describe(setting.allowed)}.`
      throw problem('validation_failed', { field: `/settings/${name}`, detail, allowed: setting.allowed })
    }
    read[name] = value
  }
  return read as SettingsOf<S>
}

function describe(allowed: string | readonly string[]): string {
  return typeof allowed === 'string' ? allowed : `one of ${allowed.join(', ')}`
}
