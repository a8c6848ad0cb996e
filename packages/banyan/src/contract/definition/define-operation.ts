import type { Static, TObject, TSchema } from 'typebox'
import type { ErrorFactory } from '../../core/index.ts'
import type { Access } from './access.ts'
import { closeObjects } from '../schema/close-objects.ts'
import type { CachePolicy } from './cache-policy.ts'
import type { OperationPolicyChanges, Urgency } from './call-policy.ts'
import type { Command, EventType, HttpBinding, OperationBase, OutcomeStore, Query } from './contract.ts'

interface OperationOptions<Input extends TObject, Output extends TSchema> {
  /** One line for the docs page. */
  readonly summary: string
  /** One flat object: path parameters and what remains, from the query (GET, DELETE) or the body. */
  readonly input: Input
  readonly output: Output
  /** Declared domain errors. Validation, authentication, keys and deadlines (`coreErrors`) are implied. */
  readonly errors?: readonly ErrorFactory[]
  readonly access: Access
  /** Longest a call may take, milliseconds. Default 5,000. */
  readonly deadlineMs?: number
  /** How its calls are protected, where that differs from the service's others. A topology may change it again. */
  readonly policy?: OperationPolicyChanges
  /** What is refused last in an overload. Default: what sagas and services ask for before reads, and those before new work. */
  readonly urgency?: Urgency
  /** `GET /products/:productId`, after `/api/vN`. Absent exactly when `access` is `internal`. */
  readonly http?: string
}

export interface QueryOptions<Input extends TObject, Output extends TSchema> extends OperationOptions<Input, Output> {
  /** What shared caches may do with the answer. Default: private, revalidated every time. */
  readonly cache?: Omit<CachePolicy, 'tags'> & { readonly tags: (input: Static<Input>) => readonly string[] }
  /** A long poll: the service may hold the answer back. Default false. */
  readonly isHeld?: boolean
  /** The projection that answers, without its service (`order-history`). Default: the service's own tables do. */
  readonly readModel?: string
}

export interface CommandOptions<Input extends TObject, Output extends TSchema> extends OperationOptions<Input, Output> {
  /** The path of the created resource, after `/api/vN`: makes the status 201 and sets `Location`. */
  readonly created?: (output: Static<Output>) => string
  /** Where the outcome is remembered. Default `key`. */
  readonly outcome?: OutcomeStore
  /** It starts or joins a saga, so that its answer may be 202, pending, after `Prefer: wait`. Default false. */
  readonly mayPend?: boolean
  /** Tags of cached answers that it may change; `output` is `null` when it did not answer. Default: none. */
  readonly invalidates?: (input: Static<Input>, output: Static<Output> | null) => readonly string[]
  /** The user that the written rows live with. Default: not sharded. */
  readonly shardKey?: (input: Static<Input>) => string
  /** Webhooks: these request headers are `input.headers`, and the unparsed text is `input.body`. */
  readonly raw?: readonly string[]
}

const DEFAULT_DEADLINE_MS = 5_000

/** A read. Its faults, if any, are reported by `defineContract`, which knows its name. */
export function defineQuery<Input extends TObject, Output extends TSchema>(
  options: QueryOptions<Input, Output>,
): Query<Input, Output> {
  return Object.freeze({
    kind: 'query',
    ...sharedParts(options),
    http: options.http === undefined ? null : parseHttp(options.http, {}),
    cache: options.cache ?? null,
    ...(options.isHeld ? { isHeld: true } : {}),
    ...(options.readModel ? { readModel: options.readModel } : {}),
  })
}

/** A write with a key. Its faults, if any, are reported by `defineContract`, which knows its name. */
export function defineCommand<Input extends TObject, Output extends TSchema>(
  options: CommandOptions<Input, Output>,
): Command<Input, Output> {
  return Object.freeze({
    kind: 'command',
    ...sharedParts(options),
    http: options.http === undefined ? null : parseHttp(options.http, options),
    cache: null,
    outcome: options.outcome ?? 'key',
    mayPend: options.mayPend ?? false,
    shardKey: options.shardKey ?? null,
    ...(options.invalidates ? { invalidates: options.invalidates } : {}),
  })
}

/** An event's payload. It stays open to unknown fields: a later producer may add optional ones. */
export function defineEvent<Payload extends TSchema>(payload: Payload): EventType<Payload> {
  return Object.freeze({ payload })
}

type SharedParts<Input extends TSchema, Output extends TSchema> = Omit<OperationBase<Input, Output>, 'http' | 'cache'>

function sharedParts<Input extends TObject, Output extends TSchema>(
  options: OperationOptions<Input, Output>,
): SharedParts<Input, Output> {
  return {
    summary: options.summary,
    input: closeObjects(options.input),
    output: closeObjects(options.output),
    errors: options.errors ?? [],
    access: options.access,
    deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS,
    ...(options.policy && { policy: options.policy }),
    ...(options.urgency && { urgency: options.urgency }),
  }
}

interface BindingOptions {
  readonly created?: (output: never) => string
  readonly raw?: readonly string[]
}

function parseHttp(text: string, { created, raw }: BindingOptions): HttpBinding {
  const [method = '', path = ''] = text.split(' ')
  return {
    method: method as HttpBinding['method'], // another word is a fault that defineContract reports
    path,
    status: created ? 201 : 200,
    location: created ?? null,
    raw: raw ? { headers: raw.map((name) => name.toLowerCase()) } : null,
  }
}
