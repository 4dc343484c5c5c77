import { type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { FieldError } from '../errors.ts'
import { pointerToken } from './sound.ts'

/** What the validator says about one place; as ajv says it, which TypeBox follows. */
interface Finding {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: unknown
  readonly schemaPath: string
}

/** A wrong field, and what it says of the shape that was meant when several are possible. */
interface Found extends FieldError {
  /** How much it speaks against the shape that the value was compared with. */
  readonly weight: number
  /** The value is of another kind altogether: no text, not this word. */
  readonly isMismatch: boolean
}

/** Every wrong field of a value, once, with what is allowed there. */
export function fieldErrors(schema: TSchema, value: unknown): FieldError[] {
  const byField = new Map<string, FieldError>()
  for (const { allowed, detail, field } of explain(schema, value)) {
    if (!byField.has(field)) byField.set(field, { field, detail, ...(allowed === undefined ? {} : { allowed }) })
  }
  return [...byField.values()]
}

function explain(schema: TSchema, value: unknown): readonly Found[] {
  const branches = branchesOf(schema)
  if (branches.length > 0) return ofBranches(branches.map((branch) => explain(branch, value)))
  const findings: readonly Finding[] = Value.Errors(schema, value)
  return findings.flatMap((finding) => {
    // What stands inside a union is told by the union, as a whole.
    if (finding.schemaPath.includes('/anyOf/') || finding.keyword === 'boolean') return []
    const place = pointed(schema, finding.schemaPath)
    if (finding.keyword !== 'anyOf') return describe(finding, place)
    if (!Type.IsSchema(place)) return []
    return explain(place, pointed(value, finding.instancePath)).map((found) => ({
      ...found,
      field: `${finding.instancePath}${found.field}`,
      weight: 1,
      isMismatch: false,
    }))
  })
}

/** Null is left aside: that a field may be empty says nothing about what is wrong with it. */
function branchesOf(schema: TSchema): TSchema[] {
  const branches: unknown = Reflect.get(schema, 'anyOf')
  return Array.isArray(branches) ? branches.filter((branch) => pointed(branch, '/type') !== 'null') : []
}

/** Of several shapes, what is wrong with the one that was probably meant; all that is allowed when it is none of them. */
function ofBranches(candidates: readonly (readonly Found[])[]): readonly Found[] {
  const mismatches = candidates.map((found) => found.find(({ isMismatch }) => isMismatch))
  const [first] = mismatches
  if (first && mismatches.every((each) => each?.field === first.field)) {
    const allowed = [...new Set(mismatches.flatMap((each) => each?.allowed ?? []))]
    return [{ ...first, detail: allowed.length === 1 ? first.detail : 'is none of what is allowed', allowed }]
  }
  const weightOf = (found: readonly Found[]): number => found.reduce((sum, { weight }) => sum + weight, 0)
  return candidates.reduce((best, found) => (weightOf(found) <= weightOf(best) ? found : best))
}

function describe(finding: Finding, schema: unknown): Found[] {
  const { instancePath: field, keyword } = finding
  const depth = field.split('/').length - 1
  if (keyword === 'required') return missing(finding).map((found) => ({ ...found, weight: depth === 0 ? 100 : 1 }))
  if (keyword === 'additionalProperties') {
    return strange(finding, schema).map((found) => ({ ...found, weight: depth === 0 ? 100 : 1 }))
  }
  const allowed = allowedBy(finding)
  const isDiscriminator = keyword === 'const' && depth === 1
  return [
    {
      field,
      detail: finding.message,
      ...(allowed === undefined ? {} : { allowed }),
      weight: isDiscriminator ? 1000 : depth === 0 ? 100 : 1,
      isMismatch: isDiscriminator || (depth === 0 && ['const', 'enum', 'type'].includes(keyword)),
    },
  ]
}

type Member = FieldError & { readonly isMismatch: false }

function missing({ instancePath, params }: Finding): Member[] {
  return names(pointed(params, '/requiredProperties')).map((name) => ({
    field: `${instancePath}/${pointerToken(name)}`,
    detail: 'is required',
    isMismatch: false,
  }))
}

function strange({ instancePath, params }: Finding, schema: unknown): Member[] {
  const allowed = Object.keys(Object(pointed(schema, '/properties')))
  return names(pointed(params, '/additionalProperties')).map((name) => ({
    field: `${instancePath}/${pointerToken(name)}`,
    detail: 'is not a known field',
    ...(allowed.length === 0 ? {} : { allowed }),
    isMismatch: false,
  }))
}

/** Formats by their names in JSON Schema, in words. */
const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'a time such as 2026-11-26T14:30:00Z, of the years 1970 to 9999',
  uuid: 'a UUID such as 019ac1f0-6b1c-7c31-9d5a-0f2e4b6a8c10',
}

function allowedBy({ keyword, params }: Finding): string | readonly string[] | undefined {
  const limit = textOf(pointed(params, '/limit'))
  switch (keyword) {
    case 'enum':
      return names(pointed(params, '/allowedValues'))
    case 'const':
      return [textOf(pointed(params, '/allowedValue'))]
    case 'type':
      return textOf(pointed(params, '/type'))
    case 'format':
      return FORMATS[textOf(pointed(params, '/format'))] ?? textOf(pointed(params, '/format'))
    case 'pattern':
      return textOf(pointed(params, '/pattern'))
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

/** The member at a JSON pointer, which may begin with `#`; undefined where there is none. */
function pointed(value: unknown, pointer: string): unknown {
  const tokens = pointer.replace(/^#/, '').split('/').slice(1)
  return tokens.reduce<unknown>((at, token) => {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    return typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
  }, value)
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? '')
}
