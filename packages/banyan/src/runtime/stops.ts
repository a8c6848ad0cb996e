import { coreErrors } from '../core/index.ts'

/** What has been started, to be stopped in the opposite order. */
export interface Stops {
  push(stop: () => void | Promise<void>): void
  /** Last started, first stopped. One that fails to stop does not keep the others from it. Idempotent. */
  run(): Promise<void>
}

export function createStops(): Stops {
  const stops: (() => void | Promise<void>)[] = []
  let running: Promise<void> | null = null

  async function runAll(): Promise<void> {
    const failures: unknown[] = []
    for (const stop of stops.toReversed()) {
      try {
        await stop()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw coreErrors.INTERNAL({}, { cause: new AggregateError(failures, 'stopping failed') })
  }

  return {
    push: (stop) => void stops.push(stop),
    run: () => (running ??= runAll()),
  }
}
