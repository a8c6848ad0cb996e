import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { jsonSchema, type JsonSchema } from '../schema/json-schema.ts'
import { mapSchema } from '../schema/map-schema.ts'
import { nullableBranch } from '../schema/serializer.ts'
import type { Replacement } from './version-transform.ts'

/** Carries a value of one schema between two neighbouring versions. Copies what it changes, never the argument. */
export interface Converter {
  readonly up: (value: unknown) => unknown
  readonly down: (value: unknown) => unknown
}

/** The older version's schema; the schema itself when no replacement occurs in it. */
export function olderSchema<Schema extends TSchema>(schema: Schema, replacements: readonly Replacement[]): Schema {
  return mapSchema(schema, (node) => {
    const replacement = replacementOf(node, replacements)
    return replacement ? { schema: jsonSchema(replacement.by), descend: false } : { schema: node, descend: true }
  })
}

/** Compiled once per schema; `null`: no replacement occurs in it, so that conversion costs nothing. */
export function createConverter(schema: TSchema, replacements: readonly Replacement[]): Converter | null {
  return compile(jsonSchema(schema), replacements)
}

function replacementOf({ title }: JsonSchema, replacements: readonly Replacement[]): Replacement | undefined {
  return title === undefined ? undefined : replacements.find(({ schema }) => jsonSchema(schema).title === title)
}

function compile(schema: JsonSchema, replacements: readonly Replacement[]): Converter | null {
  const replacement = replacementOf(schema, replacements)
  if (replacement) return replacement as unknown as Converter
  if (schema.anyOf) return compileUnion(schema, replacements)
  if (schema.allOf) return compileParts(schema.allOf, replacements)
  if (schema.items) return forItems(compile(schema.items, replacements))
  if (schema.properties || schema.patternProperties) return compileFields(schema, replacements)
  return null
}

function forItems(item: Converter | null): Converter | null {
  if (!item) return null
  return {
    up: (items) => (items as readonly unknown[]).map(item.up),
    down: (items) => (items as readonly unknown[]).map(item.down),
  }
}

function compileParts(parts: readonly JsonSchema[], replacements: readonly Replacement[]): Converter | null {
  const converters = parts.flatMap((part) => compile(part, replacements) ?? [])
  if (converters.length === 0) return null
  return {
    up: (value) => converters.reduce((converted, { up }) => up(converted), value),
    down: (value) => converters.reduce((converted, { down }) => down(converted), value),
  }
}

interface Field {
  readonly name: string
  readonly converter: Converter
}

function compileFields(schema: JsonSchema, replacements: readonly Replacement[]): Converter | null {
  const fields = convertible(schema.properties, replacements)
  const patterns = convertible(schema.patternProperties, replacements)
  if (fields.length + patterns.length === 0) return null
  return {
    up: (value) => convertFields({ value, fields, patterns, direction: 'up' }),
    down: (value) => convertFields({ value, fields, patterns, direction: 'down' }),
  }
}

function convertible(
  schemas: Readonly<Record<string, JsonSchema>> | undefined,
  replacements: readonly Replacement[],
): readonly Field[] {
  return Object.entries(schemas ?? {}).flatMap(([name, schema]) => {
    const converter = compile(schema, replacements)
    return converter ? [{ name, converter }] : []
  })
}

interface Conversion {
  readonly value: unknown
  readonly fields: readonly Field[]
  readonly patterns: readonly Field[]
  readonly direction: 'up' | 'down'
}

function convertFields({ value, fields, patterns, direction }: Conversion): unknown {
  const converted = { ...(value as Record<string, unknown>) }
  for (const { name, converter } of fields) {
    if (converted[name] !== undefined) converted[name] = converter[direction](converted[name])
  }
  for (const { name: pattern, converter } of patterns) {
    const expression = new RegExp(pattern, 'u')
    for (const key of Object.keys(converted)) {
      if (expression.test(key)) converted[key] = converter[direction](converted[key])
    }
  }
  return converted
}

function compileUnion(schema: JsonSchema, replacements: readonly Replacement[]): Converter | null {
  const nullable = nullableBranch(schema)
  if (nullable) return forNullable(compile(nullable, replacements))
  const branches = schema.anyOf!.map((branch) => ({
    converter: compile(branch, replacements),
    isNewer: lazyCheck(branch),
    isOlder: lazyCheck(olderSchema(branch as TSchema, replacements) as JsonSchema),
  }))
  if (branches.every(({ converter }) => converter === null)) return null
  return {
    up: (value) => branches.find(({ isOlder }) => isOlder(value))?.converter?.up(value) ?? value,
    down: (value) => branches.find(({ isNewer }) => isNewer(value))?.converter?.down(value) ?? value,
  }
}

function forNullable(inner: Converter | null): Converter | null {
  if (!inner) return null
  return {
    up: (value) => (value === null ? null : inner.up(value)),
    down: (value) => (value === null ? null : inner.down(value)),
  }
}

function lazyCheck(schema: JsonSchema): (value: unknown) => boolean {
  let validator: { Check(value: unknown): boolean } | null = null
  return (value) => (validator ??= Compile(schema as TSchema)).Check(value)
}
