import { pathParameters, type Operation } from '../definition/contract.ts'
import { fieldsOf, type JsonSchema } from '../schema/json-schema.ts'

/**
 * Turns the texts of a URL into what the input schema asks for: `"20"` into 20, `"true"` into true. Only path parameters
 * and, for GET and DELETE, query fields; never what came in a JSON body. A text that is no such value stays as it is, for
 * the validator to name.
 */
export type TextCoercion = (input: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

export function createTextCoercion({ input, http }: Pick<Operation, 'input' | 'http'>): TextCoercion {
  const parsers = textFields({ input, http }).flatMap(([name, schema]) => {
    const parse = parserFor(schema)
    return parse ? [{ name, parse }] : []
  })
  if (parsers.length === 0) return (fields) => fields
  return (fields) => {
    const parsed = { ...fields }
    for (const { name, parse } of parsers) {
      const text = fields[name]
      if (typeof text === 'string') parsed[name] = parse(text)
    }
    return parsed
  }
}

function textFields({ input, http }: Pick<Operation, 'input' | 'http'>): [string, JsonSchema][] {
  if (!http) return []
  const parameters = pathParameters(http.path)
  const hasBody = http.method === 'POST' || http.method === 'PUT'
  return Object.entries(fieldsOf(input)).filter(([name]) => !hasBody || parameters.includes(name))
}

function parserFor({ type }: JsonSchema): ((text: string) => unknown) | null {
  if (type === 'integer' || type === 'number') return parseNumber
  return type === 'boolean' ? parseBoolean : null
}

// Number() alone would read '', ' 1', '0x10' and '1e3'.
const PLAIN_NUMBER = /^-?(0|[1-9]\d{0,15})(\.\d{1,15})?$/

function parseNumber(text: string): unknown {
  return PLAIN_NUMBER.test(text) ? Number(text) : text
}

function parseBoolean(text: string): unknown {
  if (text === 'true') return true
  return text === 'false' ? false : text
}
