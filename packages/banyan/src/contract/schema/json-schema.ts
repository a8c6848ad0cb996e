import type { TSchema } from 'typebox'

/** The part of JSON Schema that contracts are written in, as the compilers of this area read it. */
export interface JsonSchema {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: boolean | JsonSchema
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  /** The value may be sent but never shown. */
  readonly writeOnly?: boolean
}

/** TypeBox schemas are JSON Schemas with types; this is the view without. */
export function jsonSchema(schema: TSchema): JsonSchema {
  return schema as JsonSchema
}

/** The fields of an object schema; none for others. */
export function fieldsOf(schema: TSchema): Readonly<Record<string, JsonSchema>> {
  return jsonSchema(schema).properties ?? {}
}

/** RFC 6901, section 3. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
