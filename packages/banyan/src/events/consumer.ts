import { ConsumerLoop } from './consumer-loop.ts'
import type { ConsumerOptions, ConsumerState } from './consumer-options.ts'

export interface Consumer extends AsyncDisposable {
  readonly name: string
  readonly state: ConsumerState
  /** Up to where each log has been applied, by name of the log, as this process knows it. */
  positions(): ReadonlyMap<string, number>
  /** Idempotent. Resolves once no batch is under way. */
  stop(): Promise<void>
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
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
