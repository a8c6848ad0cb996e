import type { Invalidations, Positions } from '../contract/index.ts'
import type { Clock, Random } from '../core/index.ts'
import type { LogSource } from '../log/index.ts'
import type { Logger, Metrics } from '../observe/index.ts'
import { covers, mergePositions, NOTHING } from './answer.ts'
import { createApplicationCache } from './application-cache.ts'
import type { Invalidation } from './cache-plan.ts'
import { createCachedOperation, type Input } from './cached-operation.ts'
import { followLogs, type LogFollower } from './follow-logs.ts'
import type { Entry } from './memory/memory-entry.ts'

/** What is kept of one query, and what ends it. */
export interface QueryRule<Asked> {
  /** Service and query: `products.findPage`. */
  readonly name: string
  readonly tags: (input: Asked) => readonly string[]
  readonly invalidatedBy: Invalidations
  /** Oldest that a result may be, whatever gets lost: 1–3,600. */
  readonly maxAgeSeconds: number
}

/** @param after What the reader has seen of the logs: the result includes it. */
export type KeptQuery<Asked, Result> = (input: Asked, after?: Positions) => Promise<Result>

/** Makes a query keep its results in the memory of the process. They are shared: nobody may change them. */
export type KeepQuery = <Asked extends object, Result>(
  rule: QueryRule<Asked>,
  run: (input: Asked) => Promise<Result>,
) => KeptQuery<Asked, Result>

export interface QueryCacheOptions {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
  /** The service, for figures. */
  readonly keeper: string
  /** Most bytes. */
  readonly maxBytes: number
  /** How far the logs have come, as this process knows: what it has written itself, above all. */
  readonly seen: () => Positions
}

/**
 * Results of a service's own queries, so that what many ask for is read from the database once. The service's log ends them; while that
 * is not followed, or has not come as far as this process or the reader knows it to be, the database is asked.
 */
export interface QueryCache {
  readonly keep: KeepQuery
  /** The services whose events end results; none: nothing is kept. */
  producers(): readonly string[]
  /** From now on results live until the logs tell of a change. */
  follow(sources: readonly LogSource[]): void
  /** Idempotent. */
  stop(): Promise<void>
}

/** Every query asks the database. */
export const keepNothing: KeepQuery = (_, run) => (input) => run(input)

export function createQueryCache(options: QueryCacheOptions): QueryCache {
  const { clock, seen } = options
  const invalidations = new Map<string, Invalidation[]>()
  const producers = new Set<string>()
  let follower: LogFollower | null = null
  const known = () => follower?.positions() ?? NOTHING
  const cache = createApplicationCache<View>({ ...options, known })

  return {
    keep(rule, run) {
      const operation = createCachedOperation(rule.name, toPolicy(rule))
      for (const [type, toTags] of Object.entries(rule.invalidatedBy)) {
        invalidations.set(type, [...(invalidations.get(type) ?? []), { toTags, row: null }])
      }
      for (const producer of operation.producers) {
        producers.add(producer)
        cache.distrust(producer)
      }
      return async (input, after = NOTHING) => {
        const needed = mergePositions(operation.relevant(seen()), operation.relevant(after))
        // Within milliseconds of a write of its own the process has not heard of it from the log yet.
        if (!covers(known(), needed)) return run(input)
        const asked = { operation, key: operation.keyOf(input as Input), input: input as Input, after: NOTHING }
        const fill = async () => ({ ...UNVERSIONED, data: Buffer.from(JSON.stringify(await run(input))) })
        const entry = cache.find(asked, clock.monotonicMs()) ?? (await cache.load({ ...asked, fill })).entry
        return resultOf(entry) as Awaited<ReturnType<typeof run>>
      }
    },
    producers: () => [...producers],
    follow(sources) {
      follower ??= followLogs({ ...options, plan: { invalidations }, cache, sources })
    },
    stop: async () => follower?.stop(),
  }

  /** Parsed once for all who ask. */
  function resultOf(entry: Entry<View>): unknown {
    const kept = entry.views?.get(RESULT)
    if (kept) return kept.result
    const { data } = entry.answer
    const view = { result: JSON.parse(String(data)) as unknown, bytes: data!.byteLength * PARSED_BYTES_A_BYTE }
    cache.memory.addView(entry, RESULT, view)
    return view.result
  }
}

interface View {
  readonly result: unknown
  readonly bytes: number
}

const RESULT = 'result'
const UNVERSIONED = { versions: null, changedAt: null }
/** Small objects take about so much more room than their JSON. */
const PARSED_BYTES_A_BYTE = 4

function toPolicy<Asked>({ tags, invalidatedBy, maxAgeSeconds }: QueryRule<Asked>) {
  const strategy = { kind: 'event', invalidatedBy } as const
  return { maxAgeSeconds: 0, sharedMaxAgeSeconds: 0, tags, application: { strategy, maxAgeSeconds } }
}
