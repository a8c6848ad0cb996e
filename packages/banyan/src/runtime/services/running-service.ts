import { keepNothing, type QueryCache } from '../../cache/index.ts'
import {
  createCommandRunner,
  createRetention,
  type OperationHandler,
  type RunningOperation,
} from '../../command/index.ts'
import type { Command, Contract, Operation } from '../../contract/index.ts'
import { operationId } from '../../contract/index.ts'
import {
  createDatabase,
  startRegistration,
  createShards,
  migrate,
  observeDatabase,
  type ConnectionOptions,
  type Database,
  type ReleasedProcess,
  type Shards,
} from '../../data/index.ts'
import { createLogFeed, createLogSource, firstLog, withLogOperations, type LocalLogSource } from '../../log/index.ts'
import {
  createServiceEndpoint,
  observeOperations,
  type LocalWire,
  type Middleware,
  type RunningOperations,
} from '../../mesh/index.ts'
import { createSagaEngine, type SagaEngine } from '../../saga/index.ts'
import { noteAppends } from './note-appends.ts'
import type { ProcessTools } from '../process-tools.ts'
import { createReadModels, type ReadModels } from './read-models.ts'
import { deriveSecret } from '../settings/secrets.ts'
import type { SchemaPlace } from '../app.ts'
import type { ServiceDefinition, ServiceParts } from './service.ts'

/** A service in this process: serving from `open`, acting on its own from `start`. */
export interface RunningService {
  readonly name: string
  readonly shards: Shards
  readonly log: LocalLogSource
  readonly parts: ServiceParts<Contract>
  readonly sagas: SagaEngine | null
  readonly readModels: ReadModels
  readonly queries: QueryCache | null
  /** Begins to take over sagas and to forget expired keys. */
  start(): Promise<void>
  /** Answers at once whoever waits for the next event, now and from now on: a drain must not wait for them. */
  releaseReaders(): void
  /** Lets commands in hand finish, then closes everything. */
  stop(): Promise<void>
}

export interface OpenOptions {
  readonly tools: ProcessTools
  readonly wire: LocalWire
  readonly connection: ConnectionOptions
  /** A further database in the same server, created when missing. */
  readonly databaseOf: (database: string) => Promise<ConnectionOptions>
  readonly middleware: readonly Middleware[]
  /** `null`: results of queries are not kept. */
  readonly queries: QueryCache | null
  /** No other process can write to these databases. */
  readonly isAlone: boolean
}

export interface MigrateServiceOptions {
  readonly connection: ConnectionOptions
  /** On whose behalf: it is written in as one that works on the schema. */
  readonly process: ReleasedProcess
}

/** Brings the service's schema up to date; safe when several processes start at once. */
export async function migrateService(definition: ServiceDefinition, options: MigrateServiceOptions): Promise<void> {
  await migrate({ ...options, ...schemaOf(definition) })
}

/** Where a service keeps its data, and what brings that place up to date. */
export function schemaOf({ contract: { name }, migrations }: ServiceDefinition): SchemaPlace {
  const sources = [...PLATFORM_MIGRATIONS, { area: name, folder: migrations }]
  return { ...placeOf(name), sources }
}

/** Puts a service together and onto the wire. It serves at once, but starts nothing by itself. */
export function openService(definition: ServiceDefinition, options: OpenOptions): RunningService {
  const { tools, wire } = options
  const { contract } = definition
  const shards = openShards(contract.name, options)
  const logger = tools.logger.child({ service: contract.name })
  const log = createLogSource({
    ...tools,
    logger,
    database: shards.root,
    log: firstLog(contract.name),
    // Whoever is alone is told of each append; others must look.
    ...(options.isAlone ? { pollMs: 500 } : {}),
  })
  const secret = (purpose: string) => deriveSecret(tools.masterSecret, `${contract.name} ${purpose}`)
  const { queries } = options
  const keepQuery = queries?.keep ?? keepNothing
  const parts = definition.create({ ...tools, shards, wire, logger, secret, keepQuery, databaseOf: options.databaseOf })
  const { onAppend, onRecall } = noteAppends({ ...tools, log, database: shards.root })
  const sagas = openSagas(contract.name, { parts, shards, options, onRecall })
  const readModels = createReadModels(contract, parts.projections ?? [], tools.clock)
  const commands = createCommandRunner({
    ...tools,
    shards,
    logger,
    fingerprintSecret: secret('fingerprints'),
    sagas: sagas?.hooks ?? null,
    onAppend,
    onRecall,
  })
  const retention = createRetention({ shards, logger, clock: tools.clock })
  const registration = startRegistration({ database: shards.root, process: tools.registeredAs, clock: tools.clock })
  const operations = mapOperations(contract, (name, operation) =>
    toRunning({ commands, readModels, id: operationId(contract, name), operation, handler: handlerOf(parts, name) }),
  )
  const ending = new AbortController()
  const feed = createLogFeed({ source: log, clock: tools.clock, ending: ending.signal })
  wire.serve(
    createServiceEndpoint({
      contract: withLogOperations(contract),
      operations: { ...operations, ...(feed as RunningOperations<Contract>) },
      clock: tools.clock,
      logger,
      middleware: [observeOperations({ ...tools, service: contract.name }), ...options.middleware],
    }),
  )

  return {
    name: contract.name,
    shards,
    log,
    parts,
    sagas,
    readModels,
    queries,
    async start() {
      await parts.start?.()
      await sagas?.start()
      retention.start()
    },
    releaseReaders: () => ending.abort(),
    async stop() {
      await retention.stop()
      await sagas?.stop()
      await commands.drain()
      await parts.stop?.()
      await log.stop()
      await registration.stop()
      await shards.stop()
    },
  }
}

const PLATFORM_MIGRATIONS = ['command', 'log', 'events', 'saga'].map((area) => ({
  area,
  folder: new URL(`../../${area}/migrations/`, import.meta.url),
}))

/** In SQL a dash would have to be quoted wherever the name stands. No two services meet: their names have no `_`. */
function placeOf(service: string): { readonly schema: string; readonly role: string } {
  const schema = service.replaceAll('-', '_')
  return { schema, role: `banyan_${schema}` }
}

function openShards(service: string, { tools, connection }: OpenOptions): Shards {
  const { clock, logger } = tools
  const limits = tools.databaseLimits
  const database = createDatabase({ name: service, connection, ...placeOf(service), limits, clock, logger })
  return createShards([observeDatabase(database, tools)])
}

interface SagaParts {
  readonly parts: ServiceParts<Contract>
  readonly shards: Shards
  readonly options: OpenOptions
  readonly onRecall: (database: Database) => Promise<void>
}

function openSagas(service: string, { parts, shards, options, onRecall }: SagaParts): SagaEngine | null {
  const definitions = parts.sagas ?? []
  if (definitions.length === 0) return null
  const { tools, wire } = options
  return createSagaEngine({ ...tools, service, definitions, shards, wire, onRecall })
}

interface Placed {
  readonly commands: ReturnType<typeof createCommandRunner>
  readonly readModels: ReadModels
  readonly id: string
  readonly operation: Operation
  readonly handler: OperationHandler<unknown, unknown>
}

function toRunning({ commands, readModels, id, operation, handler }: Placed): RunningOperation {
  if (handler.kind === 'query') return readModels.guard(operation, handler.run)
  if (handler.kind === 'command') return commands.command(id, operation as Command, handler.handler)
  return commands.effect(id, operation as Command, handler.handler)
}

function handlerOf(parts: ServiceParts<Contract>, name: string): OperationHandler<unknown, unknown> {
  return (parts.handlers as Record<string, OperationHandler<unknown, unknown>>)[name]!
}

function mapOperations(
  contract: Contract,
  run: (name: string, operation: Operation) => RunningOperation,
): RunningOperations<Contract> {
  return Object.fromEntries(
    Object.entries(contract.operations).map(([name, operation]) => [name, run(name, operation)]),
  )
}
