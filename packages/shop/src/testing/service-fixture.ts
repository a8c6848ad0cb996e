import { createCommandRunner, type OperationHandler } from 'banyan/command'
import {
  anonymous,
  operationId,
  type Call,
  type Contract,
  type InputOf,
  type OutputOf,
  type Reply,
  type Wire,
} from 'banyan/contract'
import { keepNothing } from 'banyan/cache'
import { coreErrors, systemClock, systemRandom, type Clock } from 'banyan/core'
import { createDatabase, createDatabaseIfMissing, createShards, type Database, type MigrationSource } from 'banyan/data'
import type { StoredEvent } from 'banyan/log'
import { silentLogger } from 'banyan/observe'
import type { ServiceDefinition, ServiceParts } from 'banyan/runtime'
import type { TestPostgres } from 'banyan/testing'

export interface ServiceFixtureOptions {
  readonly postgres: TestPostgres
  readonly wire?: Wire
  readonly settings?: Readonly<Record<string, string>>
  readonly clock?: Clock
  /** Connections for transactions. Default 8. */
  readonly connections?: number
}

/** One service alone over a real PostgreSQL: its commands through the command transaction, its queries as they are. */
export interface ServiceFixture<C extends Contract> extends AsyncDisposable {
  readonly database: Database
  readonly parts: ServiceParts<C>
  call<Name extends keyof C['operations'] & string>(
    name: Name,
    input: InputOf<C['operations'][Name]>,
    call?: Partial<Call>,
  ): Promise<Reply<OutputOf<C['operations'][Name]>>>
  /** Hands events to a consumer as the platform does: one batch, one transaction. */
  deliver(consumer: string, events: readonly StoredEvent[]): Promise<void>
}

/** Starts what `definition` makes in a schema of its own; an existing one of that name is used as it is. */
export async function startService<C extends Contract>(
  definition: ServiceDefinition<C>,
  options: ServiceFixtureOptions,
): Promise<ServiceFixture<C>> {
  const { contract } = definition
  const { postgres, settings = {}, wire = noWire, clock = systemClock, connections = 8 } = options
  const place = await postgres.schema(contract.name, [
    ...PLATFORM_MIGRATIONS,
    { area: contract.name, folder: definition.migrations },
  ])
  const database = createDatabase({ ...place, limits: { connections } })
  const shards = createShards([database])
  const tools = { shards, wire, settings, clock, random: systemRandom, logger: silentLogger }
  const parts = definition.create({
    ...tools,
    secret: () => Buffer.alloc(32, 7),
    keepQuery: keepNothing,
    databaseOf: (name) => createDatabaseIfMissing(postgres.connection, name),
  })
  const runner = createCommandRunner({
    ...tools,
    fingerprintSecret: Buffer.alloc(32, 7),
    sagas: null,
    onAppend: () => undefined,
  })
  const operations = new Map(
    Object.entries(parts.handlers as Record<string, OperationHandler<never, unknown>>).map(([name, handler]) => {
      const operation = contract.operations[name]!
      const id = operationId(contract, name)
      if (handler.kind === 'query') return [name, handler.run]
      if (operation.kind !== 'command') throw new Error(`${id} is a query`)
      return [name, runner[handler.kind](id, operation, handler.handler as never)]
    }),
  ) as Map<string, (input: unknown, call: Call) => Promise<Reply>>
  await parts.start?.()
  return {
    database,
    parts,
    async call(name, input, more) {
      return (await operations.get(name)!(input, { ...testCall(), ...more })) as never
    },
    async deliver(consumer, events) {
      const definition = parts.consumers?.find(({ name }) => name === consumer)
      if (!definition) throw new Error(`no consumer ${consumer}`)
      await database.transaction((tx) => definition.handle(tx, events))
    },
    async [Symbol.asyncDispose]() {
      await parts.stop?.()
      await runner.drain()
      await shards.stop()
    },
  }
}

/** A call by nobody in particular, with time enough. */
export function testCall(): Call {
  return {
    principal: anonymous,
    key: null,
    deadlineAtMs: systemClock.monotonicMs() + 30_000,
    signal: new AbortController().signal,
    requestId: 'test',
    traceParent: null,
    saga: null,
    waitMs: 0,
    ifMatch: null,
  }
}

let position = 0

/** An event as another service's log would hold it. */
export function storedEvent(type: string, aggregateId: string, payload: unknown): StoredEvent {
  position += 1
  return {
    type,
    aggregateId,
    version: position,
    payload,
    position,
    log: { producer: type.split('.')[0]!, shard: 0, epoch: 1 },
    recordedAt: '2026-01-15T10:30:00.000Z',
    traceParent: null,
  }
}

const PLATFORM_MIGRATIONS: readonly MigrationSource[] = ['log', 'command', 'saga'].map((area) => ({
  area,
  folder: new URL('./migrations/', import.meta.resolve(`banyan/${area}`)),
}))

const noWire: Wire = {
  call: (operation) => Promise.reject(coreErrors.UNAVAILABLE({ what: operation })),
}
