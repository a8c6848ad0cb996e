import type { Static } from 'typebox'
import { parseOptions, Type } from '../../core/index.ts'

const SheddingSchema = Type.Object(
  {
    targetDelayMs: Type.Integer({ minimum: 1, maximum: 10_000 }),
    maxWaitMs: Type.Integer({ minimum: 1, maximum: 10_000 }),
    intervalMs: Type.Integer({ minimum: 10, maximum: 10_000 }),
  },
  { additionalProperties: false },
)

/** When a process refuses calls because it has too much to do. */
export type SheddingPolicy = Readonly<Static<typeof SheddingSchema>>

const DEFAULT_SHEDDING: SheddingPolicy = {
  /**
   * How late the event loop may run, all the time and not for a moment, before calls are refused. Where others share the cores, pauses of a
   * tenth of a second are the scheduler's and no overload.
   */
  targetDelayMs: 500,
  /** How long a call may wait for its turn to begin; who has waited longer is refused. Clients wait for seconds, the line goes on. */
  maxWaitMs: 100,
  /** How often the share of refused calls is set anew. */
  intervalMs: 100,
}

/** The policy with its defaults filled in. @throws `api.INVALID_OPTIONS` with every fault at once. */
export function parseSheddingPolicy(changes: Partial<SheddingPolicy> = {}): SheddingPolicy {
  return parseOptions('The shedding policy', SheddingSchema, { ...DEFAULT_SHEDDING, ...changes })
}
