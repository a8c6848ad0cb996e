import type { TSchema } from 'typebox'
import { Errors } from 'typebox/schema'
import { sayFault, sayOneOf, type KeywordFault } from '../../core/index.ts'
import { isSecretName } from '../../observe/index.ts'
import { escapePointer, jsonSchema, type JsonSchema } from '../schema/json-schema.ts'

/** One thing that is wrong with an input. */
export interface Fault {
  /** RFC 6901: `/items/0/quantity`; empty for the input as a whole. */
  readonly pointer: string
  readonly message: string
  /** The value, shortened; absent for objects, lists and secrets. */
  readonly received?: unknown
  /** The bound, type or list of values that was missed. */
  readonly allowed?: unknown
}

export const MAX_FAULTS = 20
const MAX_RECEIVED_CHARACTERS = 64

/**
 * Says why a schema refuses a value. Walks objects, lists and unions itself, because TypeBox names neither the unknown
 * field nor the branch of a union that was meant and stops at eight; the keywords of a leaf are TypeBox's to judge.
 */
export function listFaults(schema: TSchema, value: unknown, inPath: readonly string[] = []): readonly Fault[] {
  const faults: Fault[] = []
  collect({ schema: jsonSchema(schema), value, pointer: '', secret: false, inPath }, faults)
  if (faults.length === 0) faults.push({ pointer: '', message: 'does not match the schema' })
  return faults.slice(0, MAX_FAULTS)
}

interface Place {
  readonly schema: JsonSchema
  readonly value: unknown
  readonly pointer: string
  readonly secret: boolean
  /** Fields that whoever wrote this value cannot have meant, because the address names them. Default none. */
  readonly inPath?: readonly string[]
}

function collect(place: Place, faults: Fault[]): void {
  if (faults.length >= MAX_FAULTS) return
  if (place.schema.anyOf) return collectUnion(place, place.schema.anyOf, faults)
  const own = ownFaults(place)
  faults.push(...own)
  const { value } = place
  if (typeof value !== 'object' || value === null || own.some(({ message }) => message.startsWith('must be '))) return
  if (Array.isArray(value)) collectItems(place, value, faults)
  else collectFields(place, value as Record<string, unknown>, faults)
}

/** What the schema says about this value alone, without its fields and items. */
function ownFaults({ schema, value, pointer, secret }: Place): readonly Fault[] {
  const [, errors] = Errors(withoutInner(schema) as TSchema, value)
  return decisive(errors).map((error) => ({
    pointer,
    message: sayFault(error, schema),
    ...receivedPart(value, secret || schema.writeOnly === true || pointer === ''),
    ...allowedPart(error.params),
  }))
}

/** Of a value of the wrong type nothing else needs to be said; of a text of the wrong form, its form: that tells the length as well. */
function decisive(errors: readonly KeywordFault[]): readonly KeywordFault[] {
  const first = ['const', 'type', 'pattern', 'format']
    .map((keyword) => errors.find((error) => error.keyword === keyword))
    .find((error) => error !== undefined)
  return first ? [first] : errors
}

function withoutInner(schema: JsonSchema): JsonSchema {
  if (!INNER.some((keyword) => keyword in schema)) return schema
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !INNER.includes(keyword)))
}

const INNER = ['properties', 'patternProperties', 'additionalProperties', 'required', 'items']

function collectFields(
  { schema, value, pointer, secret, inPath }: Place,
  fields: Record<string, unknown>,
  faults: Fault[],
): void {
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(fields, name))
      faults.push({ pointer: `${pointer}/${escapePointer(name)}`, message: 'is required' })
  }
  for (const [name, item] of Object.entries(value as object)) {
    const at = `${pointer}/${escapePointer(name)}`
    const inner = fieldSchema(schema, name)
    if (inner === false) faults.push({ pointer: at, message: 'is not a known field', ...knownFields(schema, inPath) })
    else if (inner) collect({ schema: inner, value: item, pointer: at, secret: secret || isSecretField(name) }, faults)
    if (faults.length >= MAX_FAULTS) return
  }
}

/** `false`: the field is not allowed; `null`: anything is. */
function fieldSchema(schema: JsonSchema, name: string): JsonSchema | false | null {
  const { properties, patternProperties, additionalProperties } = schema
  if (properties && Object.hasOwn(properties, name)) return properties[name]!
  const matching = Object.entries(patternProperties ?? {}).find(([pattern]) => new RegExp(pattern, 'u').test(name))
  if (matching) return matching[1]
  if (additionalProperties === false) return false
  return typeof additionalProperties === 'object' ? additionalProperties : null
}

function collectItems({ schema, pointer, secret }: Place, items: readonly unknown[], faults: Fault[]): void {
  if (!schema.items) return
  for (const [index, value] of items.entries()) {
    collect({ schema: schema.items, value, pointer: `${pointer}/${index}`, secret }, faults)
    if (faults.length >= MAX_FAULTS) return
  }
}

/** A union of constants names them all; another one is explained by the branch that comes closest. */
function collectUnion(place: Place, branches: readonly JsonSchema[], faults: Fault[]): void {
  if (branches.every((branch) => 'const' in branch)) {
    const allowed = branches.map((branch) => branch.const)
    if (allowed.includes(place.value)) return
    faults.push({
      pointer: place.pointer,
      message: sayOneOf(allowed),
      ...receivedPart(place.value, place.secret),
      allowed,
    })
    return
  }
  const attempts = branches.map((schema) => {
    const attempt: Fault[] = []
    collect({ ...place, schema }, attempt)
    return attempt
  })
  faults.push(
    ...attempts.reduce((best, attempt) => (closeness(attempt, place) > closeness(best, place) ? attempt : best)),
  )
}

/** A branch of the right type beats one of another type; then fewer faults are closer. */
function closeness(attempt: readonly Fault[], { pointer }: Place): number {
  if (attempt.length === 0) return Infinity
  const isWrongType = attempt.some((fault) => fault.pointer === pointer && fault.message === 'must be null')
  return (isWrongType ? -1_000 : 0) - attempt.length
}

function receivedPart(value: unknown, secret: boolean): { received?: unknown } {
  if (secret || value === undefined || (typeof value === 'object' && value !== null)) return {}
  if (typeof value !== 'string') return { received: value }
  const text = value.toWellFormed().replaceAll('\0', '\uFFFD')
  return { received: text.length <= MAX_RECEIVED_CHARACTERS ? text : `${text.slice(0, MAX_RECEIVED_CHARACTERS)}…` }
}

function allowedPart(params: object): { allowed?: unknown } {
  for (const name of ['limit', 'type', 'allowedValue', 'allowedValues', 'multipleOf']) {
    if (name in params) return { allowed: (params as Record<string, unknown>)[name] }
  }
  return {}
}

function knownFields(schema: JsonSchema, inPath: readonly string[] = []): { allowed?: unknown } {
  const names = Object.keys(schema.properties ?? {}).filter((name) => !inPath.includes(name))
  return names.length > 0 ? { allowed: names } : {}
}

// `current` and `new` are the passwords of a password change; `key` and `body` may hold signed or secret text.
const SECRET_FIELDS = new Set(['current', 'new', 'key', 'body', 'headers'])

function isSecretField(name: string): boolean {
  return SECRET_FIELDS.has(name) || isSecretName(name)
}
