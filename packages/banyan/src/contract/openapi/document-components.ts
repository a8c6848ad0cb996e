import type { TSchema } from 'typebox'
import { jsonSchema, type JsonSchema } from '../schema/json-schema.ts'
import { createNamedComponents } from './named-components.ts'
import type { OpenApiComponents, Reference, ResponseObject, SchemaObject } from './document.ts'

/** What operations share in one document. */
export interface DocumentComponents {
  /** The schema with its titled parts as references. */
  schema(schema: TSchema, version: number): SchemaObject
  /** A response that many operations have. */
  response(name: string, version: number, response: ResponseObject): Reference
  all(): Pick<OpenApiComponents, 'schemas' | 'responses'>
}

export function createDocumentComponents(): DocumentComponents {
  const schemas = createNamedComponents<SchemaObject>('schemas')
  const responses = createNamedComponents<ResponseObject>('responses')

  function refer(schema: JsonSchema, version: number): SchemaObject {
    const plain = mapInner(schema, (inner) => refer(inner, version))
    return schema.title === undefined ? plain : schemas.refer(schema.title, version, plain)
  }

  return {
    schema: (schema, version) => refer(jsonSchema(schema), version),
    response: responses.refer,
    all: () => ({ schemas: schemas.all(), responses: responses.all() }),
  }
}

/** Drops what is ours (`x-…`; TypeBox's own does not enumerate) and maps the schemas inside. */
function mapInner(schema: JsonSchema, map: (inner: JsonSchema) => SchemaObject): SchemaObject {
  const constants = constantsOf(schema)
  if (constants) return constants
  const mapped = Object.entries(schema).map(([keyword, value]) => [keyword, mapKeyword(keyword, value, map)] as const)
  return Object.fromEntries(mapped.filter(([keyword]) => !keyword.startsWith('x-')))
}

function mapKeyword(keyword: string, value: unknown, map: (inner: JsonSchema) => SchemaObject): unknown {
  if (keyword === 'properties' || keyword === 'patternProperties') {
    const fields = Object.entries(value as Record<string, JsonSchema>)
    return Object.fromEntries(fields.map(([name, field]) => [name, map(field)]))
  }
  if (keyword === 'anyOf' || keyword === 'allOf') return (value as readonly JsonSchema[]).map(map)
  const isSchema = keyword === 'items' || (keyword === 'additionalProperties' && typeof value === 'object')
  return isSchema ? map(value as JsonSchema) : value
}

/** A union of constants reads better, and generates better clients, as an enumeration. */
function constantsOf({ anyOf, ...rest }: JsonSchema): SchemaObject | null {
  if (!anyOf?.every((branch) => branch.type === 'string' && 'const' in branch)) return null
  return { ...rest, type: 'string', enum: anyOf.map((branch) => branch.const) }
}
