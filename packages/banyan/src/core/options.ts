import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { Settings } from 'typebox/system'
import { coreErrors } from './core-errors.ts'
import { sayFault, type KeywordFault } from './say-fault.ts'

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
  const faults = withoutLimit(() => validator.Errors(value)[1]).filter((fault) => fault.keyword !== 'boolean')
  return faults.map((fault) => describeFault(fault, { schema, value }))
}

const MAX_FAULTS = 100

/** TypeBox stops at eight faults, by a setting that it has for the whole process. */
function withoutLimit<Result>(run: () => Result): Result {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: MAX_FAULTS })
  try {
    return run()
  } finally {
    Settings.Set({ maxErrors })
  }
}

interface Fault extends KeywordFault {
  readonly instancePath: string
  /** A JSON pointer into the schema, `#` first. */
  readonly schemaPath: string
}

interface Checked {
  readonly schema: TSchema
  readonly value: unknown
}

const MAX_RECEIVED_CHARACTERS = 100

function describeFault(fault: Fault, { schema, value }: Checked): string {
  const names = fault.instancePath.split('/').slice(1)
  const received = JSON.stringify(follow(value, names)) ?? 'nothing'
  const extra = describeUnknownKeys(fault, schema)
  const subject = names.length > 0 ? `Option '${names.join('.')}'` : 'The options'
  const got = names.length > 0 ? shorten(received) : 'them as they are'
  return `${subject} ${sayFault(fault, schemaOf(fault, schema))}${extra}, got ${got}.`
}

function shorten(text: string): string {
  return text.length <= MAX_RECEIVED_CHARACTERS ? text : `${text.slice(0, MAX_RECEIVED_CHARACTERS)}…`
}

function describeUnknownKeys({ params, schemaPath }: Fault, schema: TSchema): string {
  if (!('additionalProperties' in params)) return ''
  const { properties: known } = (schemaOf({ schemaPath }, schema) ?? {}) as { readonly properties?: object }
  const allowed = known === undefined ? '' : `; it may have ${Object.keys(known).join(', ')}`
  return ` (${String(params.additionalProperties)})${allowed}`
}

function schemaOf({ schemaPath }: Pick<Fault, 'schemaPath'>, schema: TSchema): TSchema | undefined {
  return follow(schema, schemaPath.split('/').slice(1)) as TSchema | undefined
}

function follow(value: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], value)
}
