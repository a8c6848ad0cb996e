import type { Clock, FaultPoints, Random } from '../core/index.ts'
import type { Database, Shards } from '../data/index.ts'
import type { Appended } from '../log/index.ts'
import type { Logger } from '../observe/index.ts'
import type { Gate } from './lane/gate.ts'
import type { SagaHooks } from './saga-hooks.ts'

export interface CommandRunnerOptions {
  readonly shards: Shards
  /** Keys the fingerprints: at least 32 bytes, the same in every process of the service. */
  readonly fingerprintSecret: Buffer
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** `null`: this service owns no sagas. */
  readonly sagas: SagaHooks | null
  /** Called after each commit that appended events. */
  readonly onAppend: (database: Database, appended: Appended) => void
  /** Called before an answer that another process may have come to is given again. Default: nothing is done. */
  readonly onRecall?: (database: Database) => Promise<void>
  /** Shared by the runners of a process. Default: none. */
  readonly gate?: Gate
  /** Default: none. */
  readonly faults?: FaultPoints
  /** How long an idempotency key is remembered, milliseconds. Default 24 h. */
  readonly retentionMs?: number
  /** Most commands waiting for a batch, per operation and shard. Default 4,096. */
  readonly maxQueued?: number
  /** Most commands in one batch. Default 128. */
  readonly maxBatch?: number
}
