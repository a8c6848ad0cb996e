import type { Positions } from '../../contract/index.ts'
import type { Clock } from '../../core/index.ts'
import { ConsumerLoop } from './consumer-loop.ts'
import type { ConsumerOptions, ConsumerState } from './consumer-options.ts'

export interface Consumer extends AsyncDisposable {
  readonly name: string
  readonly state: ConsumerState
  /** Up to where each log has been applied, by name of the log, as this process knows it. */
  positions(): ReadonlyMap<string, number>
  /**
   * Resolves to true once all events that it asked for are applied up to there, to false when that takes longer. A dead letter
   * counts as applied: it waits for people.
   */
  catchUp(to: Positions, limits: CatchUpLimits): Promise<boolean>
  /** Idempotent. Resolves once no batch is under way. */
  stop(): Promise<void>
}

export interface CatchUpLimits {
  readonly waitMs: number
  readonly signal: AbortSignal
}

/**
 * Runs a consumer until it is stopped: exactly once per event, in order per aggregate, whatever fails on the way.
 * Several processes may run the same consumer; one works at a time and the others stand by.
 */
export function startConsumer(options: ConsumerOptions): Consumer {
  const loop = new ConsumerLoop(options)
  const running = loop.run()
  const stop = () => {
    loop.end()
    return running
  }
  return {
    name: options.definition.name,
    get state() {
      return loop.state
    },
    positions: () => loop.positions(),
    catchUp: (to, limits) => catchUp(loop, to, { ...limits, clock: options.clock }),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** How often it is looked whether the batch that is under way has been applied. A look reads memory only. */
const LOOK_MS = 4

interface CatchUp extends CatchUpLimits {
  readonly clock: Clock
}

/** @throws `api.CANCELLED` */
async function catchUp(loop: ConsumerLoop, to: Positions, { waitMs, signal, clock }: CatchUp): Promise<boolean> {
  const untilMs = clock.monotonicMs() + waitMs
  if (loop.hasApplied(to)) return true
  loop.hurry()
  while (!loop.hasApplied(to)) {
    if (clock.monotonicMs() >= untilMs) return false
    await clock.sleep(LOOK_MS, signal)
  }
  return true
}
