import type { StoredEvent } from '../../log/index.ts'
import type { Published } from './publish.ts'

export interface PublishWindowOptions {
  /**
   * Hands events that follow `previous` to the broker, all at once and in order. Rejects rather than throws.
   * @param isNext the event at `previous` was the last that was handed over.
   */
  readonly publish: (events: readonly StoredEvent[], previous: number, isNext: boolean) => Promise<Published>
  /** The broker has every event up to and including the last of these. In the log's order, one call at a time. */
  readonly onAcknowledged: (events: readonly StoredEvent[]) => Promise<void>
  /** Told once until `reset`. */
  readonly onFailure: () => void
  /** Most events on their way. */
  readonly maxEvents: number
}

/** Events on their way to the broker: the next leave before those before them are acknowledged, so that none waits for an answer. */
export interface PublishWindow {
  /** Up to where the log was sent; `null`: nothing since the last reset. */
  readonly sentTo: number | null
  /** What is sent from now on does not count: time for `reset`. */
  readonly hasFailed: boolean
  /** How many more may leave now. */
  readonly room: number
  /** Never rejects. */
  send(events: readonly StoredEvent[], previous: number): void
  /** Resolves once nothing is on its way. */
  settled(): Promise<void>
  /** Waits for what is on its way, and begins anew at whatever is sent next. @throws what failed since the last reset. */
  reset(): Promise<void>
}

export function createPublishWindow(options: PublishWindowOptions): PublishWindow {
  let sentTo: number | null = null
  let inFlight = 0
  let failure: { readonly error: unknown } | null = null
  let answered = Promise.resolve()

  return {
    get sentTo() {
      return sentTo
    },
    get hasFailed() {
      return failure !== null
    },
    get room() {
      return options.maxEvents - inFlight
    },
    send(events, previous) {
      const published = options.publish(events, previous, sentTo === previous)
      sentTo = events.at(-1)!.position
      inFlight += events.length
      answered = Promise.allSettled([answered, published])
        .then(() => published)
        .then((answer) => accept(events, answer))
        .catch(fail)
        .then(() => void (inFlight -= events.length))
    },
    settled: () => answered,
    async reset() {
      await answered
      const failed = failure
      sentTo = failure = null
      if (failed) throw failed.error
    },
  }

  async function accept(events: readonly StoredEvent[], { count, error }: Published): Promise<void> {
    if (failure) return
    if (count > 0) await options.onAcknowledged(events.slice(0, count))
    if (error) throw error
  }

  function fail(error: unknown): void {
    if (failure) return
    failure = { error }
    options.onFailure()
  }
}
