/** One keyword of JSON Schema that a value does not meet, as TypeBox reports it. */
export interface KeywordFault {
  readonly keyword: string
  /** TypeBox's own: operators, types of JSON, patterns. */
  readonly message: string
  readonly params: object
}

/** What a schema says of itself in words. */
export interface DescribedSchema {
  /** `An e-mail address.`: with an article first, it is what a fault of the pattern says. */
  readonly description?: string
  readonly examples?: readonly unknown[]
}

/** The fault as a person would say it: `must be an e-mail address, e.g. ada@example.com`. */
export function sayFault({ keyword, message, params }: KeywordFault, schema: DescribedSchema = {}): string {
  const { limit } = params as { readonly limit?: number }
  switch (keyword) {
    case 'type':
      return `must be ${TYPES[(params as { readonly type: string }).type] ?? 'something else'}`
    case 'const':
      return `must be ${JSON.stringify((params as { readonly allowedValue: unknown }).allowedValue)}`
    case 'enum':
      return sayOneOf((params as { readonly allowedValues: readonly unknown[] }).allowedValues)
    case 'pattern':
    case 'format':
      return isDescribed(schema) ? sayDescribed(schema) : message
    case 'minimum':
      return `must be at least ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    case 'exclusiveMinimum':
      return `must be more than ${limit}`
    case 'exclusiveMaximum':
      return `must be less than ${limit}`
    case 'uniqueItems':
      return 'must not have the same item twice'
    default:
      return COUNTED[keyword] ? COUNTED[keyword](limit!) : message
  }
}

/** `must be one of red, blue` */
export function sayOneOf(allowed: readonly unknown[]): string {
  return `must be one of ${allowed.join(', ')}`
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}

const COUNTED: Readonly<Record<string, (limit: number) => string>> = {
  minLength: (limit) => `must have at least ${sayCount(limit, 'character')}`,
  maxLength: (limit) => `must have at most ${sayCount(limit, 'character')}`,
  minItems: (limit) => `must have at least ${sayCount(limit, 'item')}`,
  maxItems: (limit) => `must have at most ${sayCount(limit, 'item')}`,
  minProperties: (limit) => `must have at least ${sayCount(limit, 'field')}`,
  maxProperties: (limit) => `must have at most ${sayCount(limit, 'field')}`,
}

/** `1 event`, `2 events`. */
export function sayCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Can a fault of its pattern be said in words? */
export function isDescribed({ description }: DescribedSchema): boolean {
  return description !== undefined && /^(A|An|UTC,) /.test(description)
}

/** The first sentence, and an example. */
function sayDescribed({ description, examples }: DescribedSchema): string {
  const [sentence] = description!.split(/\.(?: |$)/)
  const words = sentence!.replace(/^An? /, (article) => article.toLowerCase())
  return `must be ${words}${examples?.length ? `, e.g. ${String(examples[0])}` : ''}`
}
