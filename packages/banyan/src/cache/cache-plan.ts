import {
  createSerializer,
  invalidationsOf,
  operationId,
  rowOfEvent,
  type Command,
  type Contract,
} from '../contract/index.ts'
import { purgedTags, purgeEventOf } from './purge-event.ts'
import { createCachedOperation, type CachedOperation, type Input } from './cached-operation.ts'

/** What contracts say of caching, turned round: by who asks, who writes, and what happens. */
export interface CachePlan {
  /** By id (`products.getProduct`): the queries whose answers are kept. */
  readonly operations: ReadonlyMap<string, CachedOperation>
  /** By event type: tags that are old from then on. */
  readonly invalidations: ReadonlyMap<string, readonly Invalidation[]>
  /** By id: the commands that change what is kept. */
  readonly writes: ReadonlyMap<string, WritePlan>
}

export interface Invalidation {
  readonly toTags: ToTags
  /** The row that the event is of, by name; `null`: only positions tell what includes it. */
  readonly row: string | null
}

export type ToTags = (payload: never) => readonly string[]

export interface WritePlan {
  tagsOf(input: unknown, output: unknown): readonly string[]
  /** The query whose present answer the command's output is; `null`: none. */
  readonly written: WrittenQuery | null
}

export interface WrittenQuery {
  readonly operation: CachedOperation
  inputOf(output: unknown): Input
  /** The output as the query would write it. */
  encode(output: unknown): Uint8Array
}

export function createCachePlan(contracts: readonly Contract[]): CachePlan {
  const operations = new Map<string, CachedOperation>()
  const invalidations = new Map<string, Invalidation[]>()
  const writes = new Map<string, WritePlan>()
  for (const contract of contracts) {
    const written = new Map<string, WrittenQuery>()
    for (const [name, { cache, output }] of Object.entries(contract.operations)) {
      if (!cache?.application) continue
      const { strategy } = cache.application
      const operation = createCachedOperation(operationId(contract, name), cache)
      operations.set(operation.id, operation)
      for (const [type, toTags] of Object.entries(invalidationsOf(strategy))) {
        push(invalidations, type, { toTags, row: rowOfEvent(strategy, type) })
      }
      if (strategy.kind !== 'write-through') continue
      const serialize = createSerializer(output)
      for (const [command, inputOf] of Object.entries(strategy.writtenBy)) {
        const encode = (value: unknown) => Buffer.from(serialize(value))
        written.set(command, { operation, inputOf: (value) => inputOf(value as never), encode })
      }
    }
    for (const [name, operation] of Object.entries(contract.operations)) {
      const plan = operation.kind === 'command' ? toWritePlan(operation, written.get(name) ?? null) : null
      if (plan) writes.set(operationId(contract, name), plan)
    }
  }
  const services = new Set([...operations.values()].flatMap(({ sources }) => sources))
  for (const service of services) push(invalidations, purgeEventOf(service), PURGE)
  return { operations, invalidations, writes }
}

const PURGE: Invalidation = Object.freeze({ toTags: purgedTags, row: null })

function toWritePlan({ invalidates }: Command, written: WrittenQuery | null): WritePlan | null {
  if (!invalidates && !written) return null
  return { tagsOf: (input, output) => invalidates?.(input as never, output as never) ?? [], written }
}

function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
