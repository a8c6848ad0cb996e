import { backoffMs, type Clock, type Random } from '../../core/index.ts'
import { createPulse, logName, type LogSource, type RemoteLogSource } from '../../log/index.ts'
import type { Logger } from '../../observe/index.ts'
import { createDeliveries } from './deliveries.ts'
import type { NatsLink } from './link.ts'
import type { StreamLimits } from './stream.ts'
import { createSubscription } from './subscription.ts'

export interface NatsLogSourceOptions {
  readonly link: NatsLink
  /** Reads the log itself: everything that the broker does not bring. Stopped by whoever made it. */
  readonly feed: RemoteLogSource
  /** Names the durable consumer: unique among living processes, the same at the next start. */
  readonly processName: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly stream?: StreamLimits
  /** Messages that NATS may send before the first of them is applied. Default 4,096. */
  readonly maxUnapplied?: number
}

export interface NatsLogSource extends LogSource, AsyncDisposable {
  /** Idempotent. Resolves once no message comes any more. */
  stop(): Promise<void>
}

const RETRY = { firstMs: 100, capMs: 5_000 }

/**
 * A log whose end is brought by NATS. It is the feed with a carrier: every message is offered to it, which checks that it
 * follows what is known and asks the producer where it does not. So nothing depends on what NATS keeps or forgets.
 *
 * Messages are taken while somebody listens.
 */
export function createNatsLogSource(options: NatsLogSourceOptions): NatsLogSource {
  const { link, feed, clock, logger } = options
  const { log } = feed
  const deliveries = createDeliveries(options)
  let listeners = 0
  let failures = 0

  const subscription = createSubscription({ ...subscriptionTerms(options), onMessage: deliveries.take, onEnd })
  const pulse = createPulse({ clock, minIntervalMs: 20, beat, onError })
  const stopLink = link.onChange(() => (link.client ? pulse.beatSoon(0) : onEnd()))

  return {
    log,
    read: feed.read,
    watermark: feed.watermark,
    applied: deliveries.applied,
    onAppend(wake) {
      const end = feed.onAppend(wake)
      if (++listeners === 1) pulse.beatSoon(0)
      return () => {
        end()
        if (--listeners === 0) pulse.beatSoon(0)
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }

  async function beat(): Promise<null> {
    await subscription.follow(listeners > 0 ? link.client : null)
    failures = 0
    return null
  }

  /** What was not acknowledged comes again, and the feed goes on at once. */
  function onEnd(): void {
    deliveries.clear()
    feed.endOffers()
    pulse.beatSoon(RETRY.firstMs)
  }

  function onError(error: unknown): number {
    if (failures++ === 0)
      logger.warn({ log: logName(log), error }, 'NATS brings no events, trying again; the feed does')
    return 20 + backoffMs(RETRY, failures, options.random)
  }

  async function stop(): Promise<void> {
    stopLink()
    await pulse.stop()
    await deliveries.stop()
    await subscription.follow(null)
  }
}

function subscriptionTerms({ feed, processName, stream = {}, maxUnapplied = 4_096 }: NatsLogSourceOptions) {
  return { log: feed.log, durable: processName.replaceAll(/[^A-Za-z0-9_-]/g, '_'), stream, maxUnapplied }
}
