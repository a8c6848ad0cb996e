import fc from 'fast-check'

/** As much of JSON Schema as contracts lead to; references resolved. */
export interface PlainSchema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly PlainSchema[]
  readonly oneOf?: readonly PlainSchema[]
  readonly properties?: Readonly<Record<string, PlainSchema>>
  readonly patternProperties?: Readonly<Record<string, PlainSchema>>
  readonly required?: readonly string[]
  readonly items?: PlainSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly multipleOf?: number
}

/** Values for fields of a name, wherever they occur: ids that exist, say, where the schema allows any. */
export type KnownFields = Readonly<Record<string, fc.Arbitrary<unknown>>>

/**
 * Values that a schema allows. Lists and texts stay short: whoever wants extremes asks for them.
 * @throws for a keyword that it does not know, rather than generating too little.
 */
export function schemaArbitrary(schema: PlainSchema, known: KnownFields = {}): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map((choice) => schemaArbitrary(choice, known)))
  switch (schema.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000, max: Math.min(schema.maximum ?? 100_000, 2_147_483_647) })
    case 'number':
      return cents(schema)
    case 'string':
      return text(schema)
    case 'array':
      return list(schema, known)
    case 'object':
      return record(schema, known)
    case undefined:
      return fc.jsonValue({ maxDepth: 2 })
    default:
      throw new Error(`schemaArbitrary knows no type ${schema.type}`)
  }
}

const MAX_ITEMS = 4
const MAX_CHARACTERS = 40

/** Numbers with two decimals, as version 1 writes money. */
function cents({ minimum = 0, maximum = 100_000 }: PlainSchema): fc.Arbitrary<number> {
  const [min, max] = [Math.ceil(minimum * 100), Math.floor(Math.min(maximum, 100_000) * 100)]
  return fc.integer({ min, max }).map((value) => value / 100)
}

function text({ pattern, format, minLength = 0, maxLength = MAX_CHARACTERS }: PlainSchema): fc.Arbitrary<string> {
  if (format === 'date-time') {
    const bounds = { min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }
    return fc.date(bounds).map((date) => date.toISOString())
  }
  if (pattern === undefined)
    return fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, MAX_CHARACTERS)) })
  return fc
    .stringMatching(new RegExp(pattern), { size: 'small' })
    .filter((value) => value.length >= minLength && value.length <= maxLength)
}

function list(
  { items = {}, minItems = 0, maxItems = MAX_ITEMS }: PlainSchema,
  known: KnownFields,
): fc.Arbitrary<unknown[]> {
  return fc.array(schemaArbitrary(items, known), {
    minLength: minItems,
    maxLength: Math.max(minItems, Math.min(maxItems, MAX_ITEMS)),
  })
}

function record(
  { properties, patternProperties, required = [] }: PlainSchema,
  known: KnownFields,
): fc.Arbitrary<unknown> {
  if (!properties && patternProperties) {
    const [value = {}] = Object.values(patternProperties)
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,12}$/), schemaArbitrary(value, known), { maxKeys: 3 })
  }
  const fields = Object.fromEntries(
    Object.entries(properties ?? {}).map(([name, schema]) => [name, known[name] ?? schemaArbitrary(schema, known)]),
  )
  return fc.record(fields, { requiredKeys: [...required], noNullPrototype: true })
}
