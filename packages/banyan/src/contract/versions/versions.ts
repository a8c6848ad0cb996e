import type { TSchema } from 'typebox'
import { BanyanError, coreErrors, type ErrorFactory } from '../../core/index.ts'
import type { Operation } from '../definition/contract.ts'
import { createConverter, olderSchema, type Converter } from './converter.ts'
import type { Replacement, VersionTransform } from './version-transform.ts'

export interface VersionsOptions {
  /** The version that the code is written in. */
  readonly current: number
  /** The version of a request that names none. */
  readonly default: number
  /** One for each version before the current one, back to the oldest that is served. */
  readonly transforms: readonly VersionTransform[]
}

/** The versions of an API: the current one and those derived from it. */
export interface Versions {
  readonly current: number
  readonly default: number
  /** Rising. */
  readonly supported: readonly number[]
  /** An operation as this version shows it. @throws `api.INVALID_OPTIONS` for a version that is not supported. */
  of(operation: Operation, version: number): OperationVersion
}

export interface OperationVersion {
  readonly version: number
  readonly input: TSchema
  readonly output: TSchema
  /** The shape of an error's details in this version; `null`: the error does not say. */
  errorDetails(error: ErrorFactory): TSchema | null
  /** A valid input of this version in the current one. */
  readonly up: (input: unknown) => unknown
  readonly down: (output: unknown) => unknown
  /** Details and message of an error that the operation declares, in this version. */
  readonly downError: (error: BanyanError) => BanyanError
}

/** @throws `api.INVALID_OPTIONS` when a version is missing, doubled or out of range. */
export function createVersions(options: VersionsOptions): Versions {
  const supported = [...options.transforms.map(({ version }) => version), options.current].toSorted((a, b) => a - b)
  const faults = versionFaults(options, supported)
  if (faults.length > 0) throw coreErrors.INVALID_OPTIONS({ subject: 'The API versions', faults: faults.join(' ') })
  const newestFirst = options.transforms.toSorted((a, b) => b.version - a.version)
  return Object.freeze({
    current: options.current,
    default: options.default,
    supported: Object.freeze(supported),
    of(operation: Operation, version: number) {
      if (!supported.includes(version)) throw unsupported(version, supported)
      return operationVersion(operation, { version, steps: newestFirst.filter((step) => step.version >= version) })
    },
  })
}

function versionFaults(options: VersionsOptions, supported: readonly number[]): readonly string[] {
  const oldest = options.current - options.transforms.length
  const expected = supported.map((_, index) => oldest + index)
  const faults: string[] = []
  if (supported.some((version, index) => version !== expected[index])) {
    faults.push(
      `There must be one transform for each of the versions before ${options.current}, without a gap; got [${options.transforms.map(({ version }) => version).join(', ')}].`,
    )
  }
  if (!supported.includes(options.default)) {
    faults.push(`The default must be one of ${supported.join(', ')}, got ${options.default}.`)
  }
  return faults
}

function unsupported(version: number, supported: readonly number[]): BanyanError {
  const faults = `Version must be one of ${supported.join(', ')}, got ${version}.`
  return coreErrors.INVALID_OPTIONS({ subject: 'The API versions', faults })
}

interface Derivation {
  readonly version: number
  /** From the newest to the oldest. */
  readonly steps: readonly VersionTransform[]
}

function operationVersion(operation: Operation, { version, steps }: Derivation): OperationVersion {
  const replacements = steps.map((step) => step.replaces)
  const input = derive(operation.input, replacements)
  const output = derive(operation.output, replacements)
  const details = new Map(operation.errors.map((error) => [error.code, derivedDetails(error, replacements)]))
  const factories = new Map(operation.errors.map((error) => [error.code, error]))
  return {
    version,
    input: input.schema,
    output: output.schema,
    errorDetails: (error) => details.get(error.code)?.schema ?? error.spec.details ?? null,
    up: input.up,
    down: output.down,
    downError(error) {
      const derived = details.get(error.code)
      if (!derived || derived.down === identity) return error
      // Built anew, because the message quotes the details.
      const older = factories.get(error.code)!(derived.down(error.details) as BanyanError['details'])
      return new BanyanError(older.toJSON(), { cause: error.cause, replayed: error.replayed })
    },
  }
}

interface Derived extends Converter {
  readonly schema: TSchema
}

function derivedDetails({ spec }: ErrorFactory, replacements: readonly (readonly Replacement[])[]): Derived | null {
  return spec.details ? derive(spec.details, replacements) : null
}

function derive(current: TSchema, stepReplacements: readonly (readonly Replacement[])[]): Derived {
  let schema = current
  const converters: Converter[] = []
  for (const replacements of stepReplacements) {
    const converter = createConverter(schema, replacements)
    if (converter) converters.push(converter)
    schema = olderSchema(schema, replacements)
  }
  if (converters.length === 0) return { schema, up: identity, down: identity }
  return {
    schema,
    up: (value) => converters.reduceRight((converted, { up }) => up(converted), value),
    down: (value) => converters.reduce((converted, { down }) => down(converted), value),
  }
}

const identity = (value: unknown): unknown => value
