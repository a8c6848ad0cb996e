import type { Clock, FaultPoints, Random } from '../../core/index.ts'
import type { Database } from '../../data/index.ts'
import type { LogSource, StoredEvent } from '../../log/index.ts'
import type { Logger, Metrics, Tracer } from '../../observe/index.ts'
import type { ConsumerDefinition } from '../definition.ts'

export interface ConsumerLimits {
  /** Most events of one log in a batch. Default 500. */
  readonly maxEvents?: number
  /** Least time from batch to batch while events keep coming; a lone event never waits. Default 20. */
  readonly minIntervalMs?: number
  /** What the time from batch to batch may grow to when many events come. Default 100. */
  readonly maxIntervalMs?: number
  /** How often logs are asked although nobody said that there is more. Default 1,000. */
  readonly idlePollMs?: number
  /** How long positions may lag behind events that the consumer did not ask for. Default 5,000. */
  readonly flushMs?: number
  /** Runs of one event before it becomes a dead letter. Default 5. */
  readonly maxAttempts?: number
  /** Dead letters that may wait; one more and the consumer itself waits. Default 10,000. */
  readonly maxParked?: number
}

export interface ConsumerOptions {
  readonly definition: ConsumerDefinition
  /** Where the effects and the positions are written. */
  readonly database: Database
  /** Logs of the services that it listens to, wherever they are. */
  readonly sources: readonly LogSource[]
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics?: Metrics
  /** Default: events leave no spans. */
  readonly tracer?: Tracer
  /** Default: none. */
  readonly faults?: FaultPoints
  /** On a shard: is this event about something that lives here? Others are passed over. Default: all are. */
  readonly accepts?: (event: StoredEvent) => boolean
  readonly limits?: ConsumerLimits
}

/**
 * - `running`: applies what comes.
 * - `standby`: another process is applying; this one takes over when it stops.
 * - `retrying`: something failed and is tried again, with backoff, for ever.
 * - `stopped`
 */
export type ConsumerState = 'running' | 'standby' | 'retrying' | 'stopped'
