import type { JsonSchema } from '../schema/json-schema.ts'

export interface SchemaComparison {
  readonly before: JsonSchema
  readonly after: JsonSchema
  /** Where it is, for people: `orders.placeOrder: input.items[]`. */
  readonly at: string
  /** `in`: callers send it, so it may ask for less; `out`: they read it, so it may promise more. */
  readonly direction: 'in' | 'out'
}

/** Every way in which the schema asks more of those who send it, or promises less to those who read it. */
export function compareSchemas(comparison: SchemaComparison): readonly string[] {
  const { before, after, at } = comparison
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  if (before.anyOf ?? after.anyOf) return compareUnions(comparison)
  if (before.type !== after.type) return [`${at}: type was ${show(before.type)}, is ${show(after.type)}.`]
  return [
    ...compareKeywords(comparison),
    ...compareConstants(comparison),
    ...compareFields(comparison),
    ...inner(comparison, 'items', '[]'),
    ...inner(comparison, 'additionalProperties', '.*'),
    ...comparePatterns(comparison),
  ]
}

/** +1: raising it lets fewer values pass; -1: lowering it does. */
const BOUNDS: Readonly<Record<string, 1 | -1>> = {
  minimum: 1,
  exclusiveMinimum: 1,
  minLength: 1,
  minItems: 1,
  minProperties: 1,
  maximum: -1,
  exclusiveMaximum: -1,
  maxLength: -1,
  maxItems: -1,
  maxProperties: -1,
}

const COMPARED_ELSEWHERE = new Set([
  'type',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'patternProperties',
  'const',
  'enum',
])

function compareKeywords({ before, after, at, direction }: SchemaComparison): readonly string[] {
  const old = before as Readonly<Record<string, unknown>>
  const now = after as Readonly<Record<string, unknown>>
  const keywords = new Set(
    [...Object.keys(old), ...Object.keys(now)].filter((keyword) => !COMPARED_ELSEWHERE.has(keyword)),
  )
  return [...keywords].flatMap((keyword) => {
    if (JSON.stringify(old[keyword]) === JSON.stringify(now[keyword])) return []
    const isNarrower = narrows(keyword, old[keyword], now[keyword])
    const isAllowed = direction === 'in' ? isNarrower === false : isNarrower === true
    return isAllowed ? [] : [`${at}: ${keyword} was ${show(old[keyword])}, is ${show(now[keyword])}.`]
  })
}

/** Whether the change lets fewer values pass; `null`: cannot be told. */
function narrows(keyword: string, before: unknown, after: unknown): boolean | null {
  if (after === undefined) return false
  if (before === undefined) return true
  const sign = BOUNDS[keyword]
  return sign === undefined ? null : ((after as number) - (before as number)) * sign > 0
}

function compareConstants({ before, after, at, direction }: SchemaComparison): readonly string[] {
  const old = constantsOf(before)
  const now = constantsOf(after)
  if (!old && !now) return []
  if (!old || !now) {
    const isNarrower = now !== null
    return isNarrower === (direction === 'out') ? [] : [`${at}: was ${listOf(old)}, is ${listOf(now)}.`]
  }
  const missing =
    direction === 'in' ? old.filter((value) => !now.includes(value)) : now.filter((value) => !old.includes(value))
  return missing.map((value) =>
    direction === 'in'
      ? `${at}: ${show(value)} is no longer accepted.`
      : `${at}: ${show(value)} is new, and readers do not know it.`,
  )
}

function compareFields(comparison: SchemaComparison): readonly string[] {
  const old = comparison.before.properties ?? {}
  const now = comparison.after.properties ?? {}
  const kept = Object.keys(old).flatMap((name) => compareField(comparison, name))
  const added = Object.keys(now).filter((name) => !(name in old) && comparison.after.required?.includes(name))
  const open = comparison.before.additionalProperties !== false && comparison.after.additionalProperties === false
  return [
    ...kept,
    ...added.map((name) => `${comparison.at}.${name}: a new field must be optional, or old processes do without it.`),
    ...(open && comparison.direction === 'in'
      ? [`${comparison.at}: unknown fields were let through and are now refused.`]
      : []),
  ]
}

function compareField({ before, after, at, direction }: SchemaComparison, name: string): readonly string[] {
  const now = after.properties?.[name]
  const where = `${at}.${name}`
  if (!now) return [`${where}: the field is gone. Keep it.`]
  const wasRequired = before.required?.includes(name) === true
  const isRequired = after.required?.includes(name) === true
  const inside = compareSchemas({ before: before.properties![name]!, after: now, at: where, direction })
  if (direction === 'in' && !wasRequired && isRequired) return [`${where}: was optional, is required.`, ...inside]
  if (direction === 'out' && wasRequired && !isRequired) return [`${where}: was always there, is optional.`, ...inside]
  return inside
}

function inner(
  { before, after, at, direction }: SchemaComparison,
  keyword: 'items' | 'additionalProperties',
  mark: string,
) {
  const old = before[keyword]
  const now = after[keyword]
  if (typeof old !== 'object' || typeof now !== 'object') return []
  return compareSchemas({ before: old, after: now, at: `${at}${mark}`, direction })
}

function comparePatterns({ before, after, at, direction }: SchemaComparison): readonly string[] {
  const now = after.patternProperties ?? {}
  return Object.entries(before.patternProperties ?? {}).flatMap(([pattern, schema]) => {
    const other = now[pattern]
    if (!other) return [`${at}: fields matching ${pattern} are gone.`]
    return compareSchemas({ before: schema, after: other, at: `${at}.*`, direction })
  })
}

/** Each branch that callers may send must still be accepted; each that they may be given must be known to them. */
function compareUnions({ before, after, at, direction }: SchemaComparison): readonly string[] {
  const old = before.anyOf ?? [before]
  const now = after.anyOf ?? [after]
  const [needed, offered] = direction === 'in' ? [old, now] : [now, old]
  return needed.flatMap((branch, index) => {
    const attempts = offered.map((other) => compareBranch({ branch, other, at, direction }))
    if (attempts.some((faults) => faults.length === 0)) return []
    // The branch at the same place is most likely the one that was changed.
    return (
      attempts[index] ?? [
        `${at}: ${direction === 'in' ? 'a choice is gone' : 'a new choice that readers do not know'}: ${show(branch)}.`,
      ]
    )
  })
}

interface BranchComparison {
  readonly branch: JsonSchema
  readonly other: JsonSchema
  readonly at: string
  readonly direction: 'in' | 'out'
}

function compareBranch({ branch, other, at, direction }: BranchComparison): readonly string[] {
  const [before, after] = direction === 'in' ? [branch, other] : [other, branch]
  return compareSchemas({ before, after, at, direction })
}

function constantsOf(schema: JsonSchema): readonly unknown[] | null {
  if ('const' in schema) return [schema.const]
  return schema.enum ?? null
}

function listOf(values: readonly unknown[] | null): string {
  return values ? `one of ${values.map(show).join(', ')}` : 'any value'
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value)
}
