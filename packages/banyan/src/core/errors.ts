import type { TSchema } from 'typebox'
import { jsonFault } from './json-fault.ts'

/** What is *known* about the effect of a failed call. Retry logic reads this and `Retry`, nothing else. */
export type Effect = 'not-applied' | 'applied' | 'unknown'

/** What a caller may do: `same-key` means again, but only with the same idempotency key. */
export type Retry = 'never' | 'safe' | 'same-key'

/** The closed set of gRPC status names (https://grpc.io/docs/guides/status-codes/). */
export type GrpcStatus =
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'UNAUTHENTICATED'

/** One row of an area's error table. */
export interface ErrorSpec {
  readonly http: number
  readonly grpc: GrpcStatus
  readonly effect: Effect
  readonly retry: Retry
  /** Fact, received value, allowed value, cure. `{name}` is replaced by `details.name`. */
  readonly message: string
  /** Shape of `details`, so that API versions can transform it and OpenAPI can show it. */
  readonly details?: TSchema
}

/** What JSON can say, at most 16 levels deep: every wire carries it, and it is stored as part of an outcome. */
export type ErrorDetails = Readonly<Record<string, unknown>>

/** The shape in which an error crosses a wire or is stored as an outcome: no stack, no cause. */
export interface ErrorJson {
  readonly code: string
  readonly message: string
  readonly effect: Effect
  readonly retry: Retry
  readonly http: number
  readonly grpc: GrpcStatus
  readonly details: ErrorDetails
}

/**
 * An error that somebody declared. Anything else that is thrown reaches a caller as `api.INTERNAL`.
 * `cause` is kept for the log and never shown.
 */
export class BanyanError extends Error {
  override readonly name = 'BanyanError'
  readonly code: string
  readonly effect: Effect
  readonly retry: Retry
  readonly http: number
  readonly grpc: GrpcStatus
  readonly details: ErrorDetails
  /** The stored outcome of an earlier call with the same key. */
  readonly replayed: boolean

  /** @throws TypeError: its details cannot be told. Here and not at each wire, so that the stack names whoever made them. */
  constructor(json: ErrorJson, options: { cause?: unknown; replayed?: boolean } = {}) {
    const fault = jsonFault(json.details)
    if (fault !== null) throw new TypeError(`Error ${json.code} cannot be told: details${fault}.`)
    super(json.message, options)
    this.replayed = options.replayed ?? false
    this.code = json.code
    this.effect = json.effect
    this.retry = json.retry
    this.http = json.http
    this.grpc = json.grpc
    this.details = json.details
  }

  toJSON(): ErrorJson {
    const { code, message, effect, retry, http, grpc, details } = this
    return { code, message, effect, retry, http, grpc, details }
  }
}

/** Builds one declared error; carries its row, so that a contract can list it. @throws TypeError: its details cannot be told. */
export interface ErrorFactory {
  (details?: ErrorDetails, options?: { cause?: unknown }): BanyanError
  readonly code: string
  readonly spec: ErrorSpec
}

export type ErrorTable<Specs extends Record<string, ErrorSpec>> = {
  readonly [Code in keyof Specs]: ErrorFactory
}

/**
 * Declares the error table of one area: `defineErrors('products', { OUT_OF_STOCK: … })` gives
 * `productErrors.OUT_OF_STOCK(details)` with the code `products.OUT_OF_STOCK`.
 */
export function defineErrors<const Specs extends Record<string, ErrorSpec>>(
  area: string,
  specs: Specs,
): ErrorTable<Specs> {
  const table = Object.entries(specs).map(([name, spec]) => [name, createFactory(`${area}.${name}`, spec)])
  return Object.freeze(Object.fromEntries(table)) as ErrorTable<Specs>
}

export function isDeclared(error: unknown): error is BanyanError {
  return error instanceof BanyanError
}

/** True for this row of the table, wherever the error came from (thrown here or carried by a wire). */
export function isError(error: unknown, factory: ErrorFactory): boolean {
  return isDeclared(error) && error.code === factory.code
}

function createFactory(code: string, spec: ErrorSpec): ErrorFactory {
  const factory = (details: ErrorDetails = {}, options?: { cause?: unknown }) =>
    new BanyanError(
      {
        code,
        message: fillTemplate(spec.message, details),
        effect: spec.effect,
        retry: spec.retry,
        http: spec.http,
        grpc: spec.grpc,
        details,
      },
      options,
    )
  return Object.assign(factory, { code, spec })
}

function fillTemplate(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => describeValue(details[name]))
}

function describeValue(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
