import { validatorOf } from '@andon/core/requests'
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'

/**
 * Compiles the schemas of routes. Bodies are taken as they are; parameters of path and query are texts, which are
 * converted to the numbers and booleans that their schemas ask for. Nothing unknown is removed silently.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  // A mistyped parameter would otherwise be a filter that is not there.
  const strict = httpPart === 'querystring' ? { ...schema, additionalProperties: false } : schema
  const check = validatorOf(strict, httpPart === 'body' ? 'body' : 'parameters')
  return (value: unknown) => {
    try {
      return { value: check(value) }
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) }
    }
  }
}
