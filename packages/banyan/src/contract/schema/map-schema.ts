import type { TSchema } from 'typebox'
import type { JsonSchema } from './json-schema.ts'

/** What a change makes of one schema node; `descend: false` leaves what is below as it is. */
export type SchemaChange = (node: JsonSchema) => { readonly schema: JsonSchema; readonly descend: boolean }

/**
 * Changes a schema from the top down. TypeBox keeps refinements and kinds in properties that do not enumerate;
 * a changed node keeps them. Returns the schema itself when nothing changed.
 */
export function mapSchema<Schema extends TSchema>(schema: Schema, change: SchemaChange): Schema {
  return mapNode(schema as JsonSchema, change) as unknown as Schema
}

/** A copy with some properties replaced that keeps those which do not enumerate. */
export function copySchema(node: JsonSchema, replaced: Partial<JsonSchema>): JsonSchema {
  const copy = Object.create(Object.getPrototypeOf(node), Object.getOwnPropertyDescriptors(node)) as JsonSchema
  return Object.assign(copy, replaced)
}

const MAPS = ['properties', 'patternProperties'] as const
const LISTS = ['anyOf', 'allOf'] as const
const SINGLES = ['items', 'additionalProperties'] as const

function mapNode(node: JsonSchema, change: SchemaChange): JsonSchema {
  const { schema, descend } = change(node)
  if (!descend) return schema
  const replaced: Record<string, unknown> = {}
  for (const keyword of SINGLES) {
    const below = schema[keyword]
    if (typeof below === 'object') noteChange(replaced, keyword, [below, mapNode(below, change)])
  }
  for (const keyword of LISTS) {
    const below = schema[keyword]
    if (below) noteChange(replaced, keyword, [below, mapList(below, change)])
  }
  for (const keyword of MAPS) {
    const below = schema[keyword]
    if (below) noteChange(replaced, keyword, [below, mapFields(below, change)])
  }
  return Object.keys(replaced).length > 0 ? copySchema(schema, replaced) : schema
}

function noteChange(replaced: Record<string, unknown>, keyword: string, [before, after]: [unknown, unknown]): void {
  if (before !== after) replaced[keyword] = after
}

function mapList(schemas: readonly JsonSchema[], change: SchemaChange): readonly JsonSchema[] {
  const mapped = schemas.map((schema) => mapNode(schema, change))
  return mapped.every((schema, index) => schema === schemas[index]) ? schemas : mapped
}

function mapFields(
  fields: Readonly<Record<string, JsonSchema>>,
  change: SchemaChange,
): Readonly<Record<string, JsonSchema>> {
  const mapped = Object.entries(fields).map(([name, schema]) => [name, mapNode(schema, change)] as const)
  return mapped.every(([name, schema]) => schema === fields[name]) ? fields : Object.fromEntries(mapped)
}
