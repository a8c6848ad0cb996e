import type { TSchema } from 'typebox'
import type { ErrorFactory } from '../../core/index.ts'
import type { Contract, HttpBinding, Operation } from '../definition/contract.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { mapSchema } from '../schema/map-schema.ts'

/** What callers of a version rely on, as plain JSON: committed, and compared with what the code says now. */
export interface ContractSnapshot {
  /** By service and name: `orders.placeOrder`. */
  readonly operations: Readonly<Record<string, OperationSnapshot>>
  /** By full type: `orders.order-placed.v1`. */
  readonly events: Readonly<Record<string, JsonSchema>>
}

export interface OperationSnapshot {
  readonly kind: Operation['kind']
  /** `POST /orders`; `null`: internal. */
  readonly route: string | null
  readonly status: number | null
  readonly rawHeaders: readonly string[] | null
  readonly access: 'anyone' | 'user' | 'internal'
  readonly isOwned: boolean
  readonly roles: readonly string[]
  readonly outcome: string | null
  readonly input: JsonSchema
  readonly output: JsonSchema
  /** By code. */
  readonly errors: Readonly<Record<string, ErrorSnapshot>>
}

export interface ErrorSnapshot {
  readonly http: number
  readonly effect: string
  readonly retry: string
  readonly details: JsonSchema | null
}

/** The same contracts give the same text, whatever order they are written in: `stableJson(contractSnapshot(contracts))`. */
export function contractSnapshot(contracts: readonly Contract[]): ContractSnapshot {
  const entriesOf = <T>(pick: (contract: Contract) => Readonly<Record<string, T>>) =>
    contracts.flatMap((contract) =>
      Object.entries(pick(contract)).map(([name, value]) => [`${contract.name}.${name}`, value] as const),
    )
  const operations = entriesOf(({ operations: all }) => all).map(([id, one]) => [id, operationSnapshot(one)] as const)
  const events = entriesOf(({ events: all }) => all).map(([type, { payload }]) => [type, plainSchema(payload)] as const)
  return { operations: Object.fromEntries(operations), events: Object.fromEntries(events) }
}

/** JSON with sorted keys and two spaces, ending in a new line: made to be committed and read in a diff. */
export function stableJson(value: unknown): string {
  return `${JSON.stringify(sortKeys(value), null, 2)}\n`
}

function operationSnapshot(operation: Operation): OperationSnapshot {
  const { kind, http, access, input, output, errors } = operation
  const isUser = access.kind === 'user'
  return {
    kind,
    route: http && routeOf(http),
    status: http && http.status,
    rawHeaders: http?.raw?.headers ?? null,
    access: access.kind,
    isOwned: isUser && access.owner !== null,
    roles: isUser ? access.roles.toSorted() : [],
    outcome: operation.kind === 'command' ? operation.outcome : null,
    input: plainSchema(input),
    output: plainSchema(output),
    errors: Object.fromEntries(errors.map((error) => [error.code, errorSnapshot(error)])),
  }
}

function routeOf({ method, path }: HttpBinding): string {
  return `${method} ${path}`
}

function errorSnapshot({ spec: { http, effect, retry, details } }: ErrorFactory): ErrorSnapshot {
  return { http, effect, retry, details: details ? plainSchema(details) : null }
}

/** Without what only people read, and as it will be read back. */
function plainSchema(schema: TSchema): JsonSchema {
  const plain = mapSchema(schema, (node) => ({
    schema: Object.fromEntries(Object.entries(node).filter(([keyword]) => !ANNOTATIONS.has(keyword))),
    descend: true,
  }))
  return JSON.parse(JSON.stringify(plain)) as JsonSchema
}

const ANNOTATIONS = new Set(['title', 'description', 'default', 'examples'])

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, inner]) => [key, sortKeys(inner)]))
}
