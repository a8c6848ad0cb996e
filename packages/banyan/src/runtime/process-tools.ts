import type { Gate } from '../command/index.ts'
import type { Frontier } from '../contract/index.ts'
import type { Clock, FaultPoints, Random } from '../core/index.ts'
import type { DatabaseLimits, ReleasedProcess } from '../data/index.ts'
import type { Logger, Metrics, Tracer } from '../observe/index.ts'

/** What all services of one process share. */
export interface ProcessTools {
  readonly clock: Clock
  readonly random: Random
  readonly faults: FaultPoints
  readonly logger: Logger
  readonly metrics: Metrics
  readonly tracer: Tracer
  readonly settings: Readonly<Record<string, string | undefined>>
  /** Every other secret derives from it. */
  readonly masterSecret: string
  /** Unique among living processes; the same at the next start lets it take over its own sagas at once. */
  readonly processName: string
  /** What this process is written in as where it works on data; a command beside it has a name of its own. */
  readonly registeredAs: ReleasedProcess
  /** Through which the command batches of all services go. */
  readonly gate: Gate
  readonly databaseLimits?: DatabaseLimits
  /** How far the logs have come, as far as this process knows. */
  readonly frontier: Frontier
}
