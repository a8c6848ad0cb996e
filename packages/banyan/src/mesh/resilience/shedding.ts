import { coreErrors, type Clock, type Random } from '../../core/index.ts'
import type { Metrics } from '../../observe/index.ts'
import type { Middleware } from '../middleware.ts'
import { admittedShare, nextLevel } from './shedding-level.ts'
import { parseSheddingPolicy, type SheddingPolicy } from './shedding-policy.ts'
import { createStandingDelay } from './standing-delay.ts'
import { createTurnQueue } from './turn-queue.ts'
import { urgencyOf, type UrgencyRank } from './urgency.ts'

export interface SheddingOptions {
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  /** What differs from the defaults. */
  readonly policy?: Partial<SheddingPolicy>
  /** Further queues of this process: how long the oldest entry has waited, milliseconds. Default: only the event loop's. */
  readonly queues?: readonly (() => number)[]
  /** Runs a task in the next turn of the event loop. Default `setImmediate`. */
  readonly defer?: (task: () => void) => void
}

/**
 * Refuses calls on the serving side while work stands in a queue of this process: the least urgent first. One for all endpoints
 * of a process, because they share its event loop. It looks at queues and not at how long calls take: a call that waits for
 * somebody else, a bank or a saga, costs this process nothing, and refusing others would help nobody. What queues at the
 * database is bounded by the lanes of the commands. What comes faster than it can be begun waits in line, the most urgent first.
 *
 * @throws `api.INVALID_OPTIONS` with every fault of the policy at once.
 */
export function createShedding(options: SheddingOptions): Middleware {
  const { clock, random, metrics, defer } = options
  const { targetDelayMs, maxWaitMs, intervalMs } = parseSheddingPolicy(options.policy)
  // One object: an error with its stack costs 3 µs, and refusing must cost as little as possible.
  const refusal = coreErrors.OVERLOADED({ what: 'This process', limit: 'as many calls as it can carry out' })
  const refused = metrics.counter({ name: 'banyan_shed_calls_total', help: 'Calls refused for want of time.' })
  const gauge = metrics.gauge({ name: 'banyan_shedding_level', help: '0: none; 1: all new work; 2: all reads too.' })
  const arrivals: [number, number, number] = [0, 0, 0]
  let level = 0

  const turns = createTurnQueue({ clock, defer, maxWaitMs, refuse })
  const look = createStandingDelay({
    clock,
    intervalMs,
    queues: options.queues ?? [],
    onInterval(delayMs) {
      level = nextLevel(level, { arrivals, delayMs, targetDelayMs })
      gauge.set(level)
      const isBusy = level > 0 || arrivals.some((count) => count > 0)
      arrivals.fill(0)
      return isBusy
    },
  })

  function isRefused(urgency: UrgencyRank): boolean {
    arrivals[urgency]++
    look()
    if (level === 0 || random.unit() < admittedShare(level, urgency)) return false
    return true
  }

  function refuse(): Error {
    refused.add()
    return refusal
  }

  return (next) => (request) => {
    const urgency = urgencyOf(request)
    return turns.begin(urgency, request.call, () => (isRefused(urgency) ? Promise.reject(refuse()) : next(request)))
  }
}
