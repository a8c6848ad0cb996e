import type { Type as TypeBox } from 'typebox'

type Schema = Readonly<Record<string, unknown>>
type Fields = Readonly<Record<string, Schema>>

const builders = {
  Any: (options?: Schema) => build('Any', {}, options),
  Array: (items: Schema, options?: Schema) => build('Array', { type: 'array', items }, options),
  Boolean: (options?: Schema) => build('Boolean', { type: 'boolean' }, options),
  Enum: (values: readonly unknown[], options?: Schema) => build('Enum', { enum: values }, options),
  Integer: (options?: Schema) => build('Integer', { type: 'integer' }, options),
  Literal: (value: unknown, options?: Schema) => build('Literal', { type: typeof value, const: value }, options),
  Null: (options?: Schema) => build('Null', { type: 'null' }, options),
  Number: (options?: Schema) => build('Number', { type: 'number' }, options),
  Object: object,
  Optional: optional,
  Partial: (schema: Schema, options?: Schema) => object(partial(schema.properties as Fields), options),
  Record: (key: Schema, value: Schema, options?: Schema) =>
    build('Record', { type: 'object', patternProperties: { [String(key.pattern ?? '^.*$')]: value } }, options),
  Refine: (schema: Schema, check: unknown, error: unknown) =>
    hide(schema, { '~refine': [...((schema['~refine'] as unknown[] | undefined) ?? []), { check, error }] }),
  String: (options?: Schema) => build('String', { type: 'string' }, options),
  Union: (anyOf: readonly Schema[], options?: Schema) => build('Union', { anyOf }, options),
  Unknown: (options?: Schema) => build('Unknown', {}, options),
}

/**
 * TypeBox's builders, those that contracts need: its types, and of its code no more than the JSON Schema that comes of it. The rest of
 * that package (a parser of TypeScript, an engine for generic types) is 300 modules, which took 45 ms and 11 MB to load (2026-11-30). The
 * schemas are the same, so that TypeBox itself may be used beside it.
 */
export const Type = builders as unknown as Pick<typeof TypeBox, keyof typeof builders>

function object(properties: Fields, options?: Schema): Schema {
  const required = Object.keys(properties).filter((name) => !('~optional' in properties[name]!))
  return build('Object', { type: 'object', ...(required.length > 0 ? { required } : {}), properties }, options)
}

function optional(schema: Schema): Schema {
  return hide(schema, { '~optional': true })
}

function partial(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, optional(field)]))
}

function build(kind: string, keywords: Schema, options: Schema = {}): Schema {
  return hide({ ...keywords, ...options }, { '~kind': kind })
}

/** A copy with what is TypeBox's own and no part of the JSON Schema. */
function hide(schema: Schema, hidden: Schema): Schema {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema))
  for (const [name, value] of Object.entries(hidden)) Object.defineProperty(copy, name, { ...HIDDEN, value })
  return copy
}

const HIDDEN = { enumerable: false, writable: true, configurable: true }
