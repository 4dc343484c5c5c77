import { type FieldError, problem } from '@andon/core'
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { pointerToken } from './json-guard.ts'

/** What the validator says about one place; as ajv says it, which TypeBox follows. */
interface Finding {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: unknown
  readonly schemaPath: string
}

/** Findings that are shown; a request with a thousand wrong fields is told about the first ones. */
const MAX_FINDINGS = 20

/**
 * Compiles the schemas of routes. Bodies are taken as they are; parameters of path and query are texts, which are
 * converted to the numbers and booleans that their schemas ask for. Nothing unknown is removed silently.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = validatorOf(schema, httpPart === 'body' ? 'body' : 'parameters')
  return (value: unknown) => {
    try {
      return { value: check(value) }
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) }
    }
  }
}

/** A function that returns the value with its defaults, or throws `validation_failed` with every wrong field. */
export function validatorOf(schema: TSchema, part: 'body' | 'parameters'): (value: unknown) => unknown {
  const compiled = Compile(schema)
  const branches = branchesOf(schema).map((branch) => Compile(branch))
  return (value) => {
    const given = part === 'body' ? (value ?? emptyBody(schema)) : Value.Convert(schema, Value.Default(schema, value))
    if (compiled.Check(given)) return given
    const findings =
      branches.length === 0 ? compiled.Errors(given) : closest(branches.map((branch) => branch.Errors(given)))
    throw refusal(findings, part)
  }
}

function branchesOf(schema: TSchema): TSchema[] {
  const branches: unknown = Reflect.get(schema, 'anyOf')
  return Array.isArray(branches) ? branches : []
}

/** Of several shapes that a body may have, what is wrong with the one that was probably meant. */
function closest(candidates: readonly (readonly Finding[])[]): readonly Finding[] {
  const weightOf = (findings: readonly Finding[]): number => findings.reduce((sum, finding) => sum + weight(finding), 0)
  return candidates.reduce((best, findings) => (weightOf(findings) <= weightOf(best) ? findings : best))
}

/** A wrong discriminator or a strange member at the top says that another shape was meant. */
function weight({ instancePath, keyword }: Finding): number {
  if (keyword === 'boolean') return 0
  if (keyword === 'const' && instancePath.lastIndexOf('/') === 0) return 1000
  return instancePath === '' ? 100 : 1
}

/** A body may be left out where every member of it may be. */
function emptyBody(schema: TSchema): unknown {
  return 'type' in schema && schema.type === 'object' && !('required' in schema) ? {} : undefined
}

function refusal(findings: readonly Finding[], part: 'body' | 'parameters'): Error {
  const errors = fieldErrors(findings, part).slice(0, MAX_FINDINGS)
  const first = errors[0]
  if (!first) return problem('validation_failed')
  return problem('validation_failed', {
    detail: `${first.field === '' ? 'The body' : first.field} ${first.detail}`,
    field: first.field,
    allowed: first.allowed,
    errors,
  })
}

function fieldErrors(findings: readonly Finding[], part: 'body' | 'parameters'): FieldError[] {
  const byField = new Map<string, FieldError>()
  for (const finding of specific(findings)) {
    for (const error of describe(finding)) {
      const field = part === 'body' ? error.field : error.field.replace(/^\//, '')
      if (!byField.has(field)) byField.set(field, { ...error, field })
    }
  }
  return [...byField.values()]
}

/** Without the findings that only say that something inside was wrong. */
function specific(findings: readonly Finding[]): readonly Finding[] {
  const inner = findings.filter((finding) => !['anyOf', 'oneOf', 'allOf', 'boolean'].includes(finding.keyword))
  const reasons = inner.length > 0 ? inner : findings
  // A nullable field fails twice: as its type and as null. The second says nothing.
  const told = reasons.filter((finding) => paramOf(finding, 'type') !== 'null')
  return told.length > 0 ? told : reasons
}

function describe(finding: Finding): FieldError[] {
  const { instancePath: field, keyword } = finding
  if (keyword === 'required') {
    return names(paramOf(finding, 'requiredProperties')).map((name) => ({
      field: `${field}/${pointerToken(name)}`,
      detail: 'is required',
    }))
  }
  if (keyword === 'additionalProperties') {
    return names(paramOf(finding, 'additionalProperties')).map((name) => ({
      field: `${field}/${pointerToken(name)}`,
      detail: 'is not a known field',
    }))
  }
  const allowed = allowedBy(finding)
  return [{ field, detail: finding.message, ...(allowed === undefined ? {} : { allowed }) }]
}

function allowedBy(finding: Finding): string | readonly string[] | undefined {
  const limit = textOf(paramOf(finding, 'limit'))
  switch (finding.keyword) {
    case 'enum':
      return names(paramOf(finding, 'allowedValues'))
    case 'const':
      return [textOf(paramOf(finding, 'allowedValue'))]
    case 'type':
      return textOf(paramOf(finding, 'type'))
    case 'format':
      return textOf(paramOf(finding, 'format'))
    case 'pattern':
      return textOf(paramOf(finding, 'pattern'))
    case 'minLength':
      return `at least ${limit} characters`
    case 'maxLength':
      return `at most ${limit} characters`
    case 'minimum':
      return `at least ${limit}`
    case 'maximum':
      return `at most ${limit}`
    case 'minItems':
      return `at least ${limit} entries`
    case 'maxItems':
    case 'maxProperties':
      return `at most ${limit} entries`
    default:
      return undefined
  }
}

function paramOf(finding: Finding, name: string): unknown {
  const { params } = finding
  return typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? '')
}
