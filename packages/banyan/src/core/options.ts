import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { coreErrors } from './core-errors.ts'

/**
 * Checks options at construction: every fault at once, unknown keys are faults, the result is frozen.
 * @throws `api.INVALID_OPTIONS` naming each option, the value received and what is allowed.
 */
export function parseOptions<Schema extends TSchema>(
  subject: string,
  schema: Schema,
  value: unknown,
): Readonly<Static<Schema>> {
  const faults = optionFaults(schema, value)
  if (faults.length > 0) throw coreErrors.INVALID_OPTIONS({ subject, faults: faults.join(' ') })
  return Object.freeze(value as Static<Schema>)
}

/** What is wrong with options, a sentence each, for those who report more than these. */
export function optionFaults(schema: TSchema, value: unknown): readonly string[] {
  const validator = Compile(schema)
  if (validator.Check(value)) return []
  const [, errors] = validator.Errors(value)
  const faults = errors.filter((fault) => fault.keyword !== 'boolean')
  return faults.map((fault) => describeFault(fault, { schema, value }))
}

interface Fault {
  readonly instancePath: string
  /** A JSON pointer into the schema, `#` first. */
  readonly schemaPath: string
  readonly message: string
  readonly params: object
}

interface Checked {
  readonly schema: TSchema
  readonly value: unknown
}

function describeFault(fault: Fault, { schema, value }: Checked): string {
  const names = fault.instancePath.split('/').slice(1)
  const received = follow(value, names)
  const extra = describeUnknownKeys(fault, schema)
  const subject = names.length > 0 ? `Option '${names.join('.')}'` : 'The options'
  return `${subject} ${fault.message}${extra}, got ${names.length > 0 ? JSON.stringify(received) : 'them as they are'}.`
}

function describeUnknownKeys({ params, schemaPath }: Fault, schema: TSchema): string {
  if (!('additionalProperties' in params)) return ''
  const known = follow(schema, [...schemaPath.split('/').slice(1), 'properties'])
  const allowed = known === undefined ? '' : `; it may have ${Object.keys(known as object).join(', ')}`
  return ` (${String(params.additionalProperties)})${allowed}`
}

function follow(value: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], value)
}
