import { nullableBranch } from '../schema/serializer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'

/** What a JSON schema is in terms of Protocol Buffers, before it has a place in a message. */
export type ValueShape =
  | { readonly kind: 'string' | 'bool' | 'double' | 'int32' | 'int64' | 'json' | 'struct' | 'null' }
  | { readonly kind: 'enum'; readonly texts: readonly string[] }
  | { readonly kind: 'object'; readonly schema: JsonSchema }
  | { readonly kind: 'list'; readonly item: JsonSchema }
  | { readonly kind: 'map'; readonly value: JsonSchema }
  | { readonly kind: 'nullable'; readonly inner: JsonSchema }
  | { readonly kind: 'union'; readonly branches: readonly UnionBranch[] }

export interface UnionBranch {
  /** The constant by which it is told: `card`. */
  readonly text: string
  readonly schema: JsonSchema
}

/** Anything that has no better form is free JSON (`google.protobuf.Value`), which loses nothing. */
export function shapeOf(schema: JsonSchema): ValueShape {
  const texts = textsOf(schema)
  if (texts) return { kind: 'enum', texts }
  if (schema.anyOf) return shapeOfUnion(schema.anyOf)
  switch (schema.type) {
    case 'string':
    case 'null':
      return { kind: schema.type }
    case 'boolean':
      return { kind: 'bool' }
    case 'number':
      return { kind: 'double' }
    case 'integer':
      return { kind: isInt32(schema) ? 'int32' : 'int64' }
    case 'array':
      return schema.items ? { kind: 'list', item: schema.items } : { kind: 'json' }
    case 'object':
      return shapeOfObject(schema)
    default:
      return { kind: 'json' }
  }
}

function shapeOfUnion(branches: readonly JsonSchema[]): ValueShape {
  const others = branches.filter(({ type }) => type !== 'null')
  if (others.length < branches.length) {
    const inner = nullableBranch({ anyOf: branches }) ?? { anyOf: others }
    return shapeOf(inner).kind === 'json' ? { kind: 'json' } : { kind: 'nullable', inner }
  }
  const told = discriminate(branches)
  return told ? { kind: 'union', branches: told } : { kind: 'json' }
}

/** Objects that each have a field with a text of its own, the same field in all: `{ type: 'card', … } | { type: 'bank', … }`. */
function discriminate(branches: readonly JsonSchema[]): readonly UnionBranch[] | null {
  for (const name of Object.keys(branches[0]?.properties ?? {})) {
    const texts = branches.map(({ properties, required }) =>
      required?.includes(name) ? properties?.[name]?.const : undefined,
    )
    const isTold = texts.every((text) => typeof text === 'string') && new Set(texts).size === texts.length
    if (isTold) return branches.map((schema, index) => ({ text: texts[index] as string, schema }))
  }
  return null
}

function shapeOfObject(schema: JsonSchema): ValueShape {
  const fields = Object.keys(schema.properties ?? {})
  if (fields.length > 0) return schema.additionalProperties === false ? { kind: 'object', schema } : { kind: 'struct' }
  const values = Object.values(schema.patternProperties ?? {})
  const value = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : values[0]
  if (!value) return schema.additionalProperties === false ? { kind: 'object', schema } : { kind: 'struct' }
  return values.length > 1 || shapeOf(value).kind === 'json' ? { kind: 'struct' } : { kind: 'map', value }
}

/** The texts of an enumeration, or of a union of constants; `null`: it is none of texts. */
function textsOf({ const: constant, enum: listed, anyOf }: JsonSchema): readonly string[] | null {
  const values = constant === undefined ? (listed ?? anyOf?.map((branch) => branch.const)) : [constant]
  if (!values || values.length === 0) return null
  return values.every((value) => typeof value === 'string') ? values : null
}

const INT32_MAX = 2 ** 31 - 1

function isInt32(schema: JsonSchema): boolean {
  const { minimum = -Infinity, maximum = Infinity } = schema as { minimum?: number; maximum?: number }
  return minimum >= -INT32_MAX - 1 && maximum <= INT32_MAX
}
