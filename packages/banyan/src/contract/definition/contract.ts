import type { Static, TSchema } from 'typebox'
import type { ErrorFactory } from '../../core/index.ts'
import type { Access } from './access.ts'
import type { CachePolicy } from './cache-policy.ts'
import type { OperationPolicyChanges, PolicyChanges, Urgency } from './call-policy.ts'

/**
 * How an operation is reached over REST. Path parameters are fields of the input of the same name; so is what remains,
 * from the query (GET, DELETE) or the body.
 */
export interface HttpBinding {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** After `/api/vN`, e.g. `/orders/:orderId`. */
  readonly path: string
  /** Status of a finished answer. Default 200. */
  readonly status: 200 | 201
  /** Builds the `Location` of a created resource, after `/api/vN`. */
  readonly location: ((output: never) => string) | null
  /**
   * Webhooks: the input's `body` is the unparsed text (signatures cover bytes) and `headers` an object of the named
   * request headers. `null`: a JSON body, parsed.
   */
  readonly raw: { readonly headers: readonly string[] } | null
}

/** The path parameters of `/users/:userId/orders`: `['userId']`. */
export function pathParameters(path: string): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!)
}

export interface OperationBase<Input extends TSchema, Output extends TSchema> {
  /** One line for the docs page. */
  readonly summary: string
  readonly input: Input
  readonly output: Output
  readonly errors: readonly ErrorFactory[]
  readonly access: Access
  /** Longest a call may take, milliseconds. Default 5,000. */
  readonly deadlineMs: number
  readonly http: HttpBinding | null
  readonly cache: CachePolicy | null
  /** How its calls are protected, where that differs from the service's others. */
  readonly policy?: OperationPolicyChanges
  /** What is refused last in an overload. Absent: what a saga or a service asks for before reads, and those before new work. */
  readonly urgency?: Urgency
}

export interface Query<Input extends TSchema = TSchema, Output extends TSchema = TSchema> extends OperationBase<
  Input,
  Output
> {
  readonly kind: 'query'
  /** A long poll: the service may hold the answer back, so how long it took says nothing about the instance. */
  readonly isHeld?: boolean
  /**
   * The projection that answers, without its service (`order-history`): it may lag behind the logs that it is built from.
   * Absent: the service's own tables do.
   */
  readonly readModel?: string
}

/**
 * Where a command's outcome is remembered. `key`: a row in the service's key table, for the retention
 * time. `domain`: the domain row that the command writes (a reservation, a charge), for ever; used by saga steps.
 * `none`: nowhere, because the answer holds secrets (log-in); such an operation refuses `Idempotency-Key`.
 */
export type OutcomeStore = 'key' | 'domain' | 'none'

export interface Command<Input extends TSchema = TSchema, Output extends TSchema = TSchema> extends OperationBase<
  Input,
  Output
> {
  readonly kind: 'command'
  readonly outcome: OutcomeStore
  /** It starts or joins a saga, so that its answer may be 202, pending, after `Prefer: wait`. */
  readonly mayPend: boolean
  /**
   * The input's shard key: the user that the written rows live with. `null`: the service is not sharded by user.
   * Takes the operation's input; `never` keeps any operation assignable to `Operation`.
   */
  readonly shardKey: ((input: never) => string) | null
  /**
   * Tags of answers that it may change, told from its input and, when it answered, its output. The gateway that carried it drops
   * its copies of them before it answers, so that whoever wrote never reads the old state there. Absent: none.
   */
  readonly invalidates?: (input: never, output: never) => readonly string[]
}

export type Operation = Query | Command

export interface EventType<Payload extends TSchema = TSchema> {
  readonly payload: Payload
}

export interface Contract<
  Operations extends Record<string, Operation> = Record<string, Operation>,
  Events extends Record<string, EventType> = Record<string, EventType>,
> {
  /** `orders`: names the service, its schema and its error area. */
  readonly name: string
  readonly operations: Operations
  /** By name and version: `order-placed.v1`; the full type is `orders.order-placed.v1`. */
  readonly events: Events
  /** Every declared error of the service, by code. */
  readonly errors: readonly ErrorFactory[]
  /** How calls to it are protected, where that differs from the defaults. */
  readonly policy?: PolicyChanges
}

export type InputOf<O> = O extends OperationBase<infer Input, TSchema> ? Static<Input> : never
export type OutputOf<O> = O extends OperationBase<TSchema, infer Output> ? Static<Output> : never
export type PayloadOf<E> = E extends EventType<infer Payload> ? Static<Payload> : never

/** `orders.placeOrder` */
export function operationId(contract: Contract, name: string): string {
  return `${contract.name}.${name}`
}
