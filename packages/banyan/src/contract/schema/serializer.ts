import fastJson, { type Schema } from 'fast-json-stringify'
import type { TSchema } from 'typebox'
import { isPage } from './common-schemas.ts'
import { jsonSchema, type JsonSchema } from './json-schema.ts'

/** Gives the JSON text of a value that has the schema's shape; fields that the schema does not name are left out. */
export type Serializer = (value: unknown) => string

/**
 * Compiles a serializer at its first call. Measured (2026-11, Node 24, 2 busy cores, best of 15): an order of two lines
 * 0.67 µs against 1.1 µs for JSON.stringify; a product with a free document 0.75 against 0.81; a page of 20
 * products 15–22 µs against 11 µs. So objects are compiled and pages are not.
 */
export function createSerializer(schema: TSchema): Serializer {
  if (isPage(schema)) return serializePage
  if (jsonSchema(schema).type !== 'object') return JSON.stringify
  let serialize: Serializer = (value) => {
    serialize = fastJson(simplify(jsonSchema(schema)) as Schema)
    return serialize(value)
  }
  return (value) => serialize(value)
}

interface PageData {
  readonly items: readonly unknown[]
  readonly nextCursor: string | null
}

/** Always in this order, so that `pageParts` finds the seam without parsing. */
function serializePage(page: unknown): string {
  const { items, nextCursor } = page as PageData
  return `${ITEMS}${JSON.stringify(items)}${NEXT_CURSOR}${JSON.stringify(nextCursor)}}`
}

const ITEMS = '{"items":'
const NEXT_CURSOR = ',"nextCursor":'

/**
 * Items and next cursor of a page, as the JSON texts that they are in its own text; `null`: somebody else wrote it, in another order or with
 * spaces. The last seam is the true one: inside a JSON string its quotes would be escaped.
 */
export function pageParts(text: string): { readonly items: string; readonly nextCursor: string } | null {
  const seam = text.lastIndexOf(NEXT_CURSOR)
  if (!text.startsWith(`${ITEMS}[`) || text[seam - 1] !== ']') return null
  return { items: text.slice(ITEMS.length, seam), nextCursor: text.slice(seam + NEXT_CURSOR.length, -1) }
}

/**
 * Only what shapes the text. Unions would be tried branch by branch through Ajv, formats and integers coerced;
 * such parts are left to JSON.stringify (`{}`) or read by their plain type.
 */
function simplify(schema: JsonSchema): object {
  const nullable = nullableBranch(schema)
  if (nullable) return { ...simplify(nullable), nullable: true }
  if (schema.type === 'integer' || schema.type === 'number') return { type: 'number' }
  if (schema.type === 'string' || schema.type === 'boolean') return { type: schema.type }
  if (schema.type === 'array' && schema.items) return { type: 'array', items: simplify(schema.items) }
  if (schema.type !== 'object' || !schema.properties || schema.additionalProperties !== false) return {}
  const properties = Object.entries(schema.properties).map(([name, field]) => [name, simplify(field)])
  return { type: 'object', properties: Object.fromEntries(properties), required: schema.required ?? [] }
}

/** The schema beside `null` in a union of the two. */
export function nullableBranch({ anyOf }: JsonSchema): JsonSchema | null {
  if (anyOf?.length !== 2) return null
  if (anyOf[1]!.type === 'null') return anyOf[0]!
  return anyOf[0]!.type === 'null' ? anyOf[1]! : null
}
