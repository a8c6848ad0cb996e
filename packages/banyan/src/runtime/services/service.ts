import type { KeepQuery } from '../../cache/index.ts'
import type { Handlers } from '../../command/index.ts'
import type { Contract, Wire } from '../../contract/index.ts'
import type { Clock, Random } from '../../core/index.ts'
import type { ConnectionOptions, Shards } from '../../data/index.ts'
import type { ConsumerDefinition, ProjectionDefinition } from '../../events/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { SagaDefinition } from '../../saga/index.ts'

/** What the platform hands to a service when it is created: no service reaches for anything else. */
export interface ServiceTools {
  /** The service's own data. Nobody else reads it. */
  readonly shards: Shards
  /** A further database in the service's server, created when missing, for what must commit on its own. */
  readonly databaseOf: (database: string) => Promise<ConnectionOptions>
  /** Reaches every service by its contract, on whichever wire the topology chose. */
  readonly wire: Wire
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Environment and settings file merged; secrets included, so never logged. */
  readonly settings: Readonly<Record<string, string | undefined>>
  /** A secret for this purpose, derived from the server's master key: the same in each process and at each start. */
  readonly secret: (purpose: string) => Buffer
  /** Keeps the results of a query until events end them. */
  readonly keepQuery: KeepQuery
}

/** What a service is made of, once it has its tools. */
export interface ServiceParts<C extends Contract> {
  readonly handlers: Handlers<C>
  readonly sagas?: readonly SagaDefinition[]
  readonly consumers?: readonly ConsumerDefinition[]
  readonly projections?: readonly ProjectionDefinition[]
  /** After migrations, before the first call. */
  start?(): Promise<void>
  /** After the last call; must end every timer, pool and child that `start` made. */
  stop?(): Promise<void>
}

export interface ServiceDefinition<C extends Contract = Contract> {
  readonly contract: C
  /** The folder of the service's `NNNN-name.sql` files. */
  readonly migrations: URL
  create(tools: ServiceTools): ServiceParts<C>
}

export function defineService<C extends Contract>(definition: ServiceDefinition<C>): ServiceDefinition<C> {
  return Object.freeze(definition)
}
