import type { JsMsg } from '@nats-io/jetstream'
import type { Clock } from '../../core/index.ts'
import { createPulse, logName, type LogSource, type RemoteLogSource } from '../../log/index.ts'
import { createRepeatLog, type Logger } from '../../observe/index.ts'
import { createAcknowledgements, type DeliveredMessage } from './acknowledgements.ts'
import { decodeEvent } from './message.ts'

export interface DeliveriesOptions {
  readonly feed: RemoteLogSource
  readonly clock: Clock
  readonly logger: Logger
}

/** What NATS delivers: offered to the feed, and acknowledged after the transactions of all who read. */
export interface Deliveries {
  take(message: JsMsg): void
  readonly applied: NonNullable<LogSource['applied']>
  /** The subscription has ended: what was not acknowledged comes again. */
  clear(): void
  /** Idempotent. */
  stop(): Promise<void>
}

/** From one question to the producer where its log ends to the next. */
const ASK_EVERY_MS = 1_000
const ASK_AGAIN_MS = 5_000

/**
 * A message that is no event is acknowledged in its turn: left alone it would come again for ever, and count among those that may be
 * unapplied. NATS has `term` for that, but with one acknowledgement for a whole batch it ends those before it too, applied or not (seen
 * with nats-server 2.9.10).
 *
 * So is one that does not follow what is known and stands behind the end of the log, which the producer is asked for: the relay
 * publishes nothing behind it, so the message is forged, or from before the producer was restored.
 */
export function createDeliveries({ feed, clock, logger }: DeliveriesOptions): Deliveries {
  const log = logName(feed.log)
  const acknowledgements = createAcknowledgements()
  const foreign = createRepeatLog({ logger, clock, message: 'a message is no event of this log' })
  // A producer that does not answer is told of where the feed asks it.
  const question = createPulse({ clock, minIntervalMs: ASK_EVERY_MS, beat: passBeyond, onError: () => ASK_AGAIN_MS })

  return {
    take(message) {
      const offered = decodeEvent(message.string(), feed.log)
      if (!offered) return passOver(message)
      const { position } = offered.event
      acknowledgements.add(delivered(message), position)
      feed.offer(offered)
      if (!feed.knows(position)) question.beatSoon(0)
    },
    applied: acknowledgements.applied,
    clear: acknowledgements.clear,
    stop: question.stop,
  }

  function passOver(message: JsMsg): void {
    acknowledgements.pass(delivered(message))
    foreign.warn('foreign', { log, subject: message.subject })
  }

  async function passBeyond(): Promise<null> {
    const { newest } = acknowledgements
    const end = await feed.watermark()
    const messages = acknowledgements.passBeyond(end, newest)
    if (messages > 0) foreign.warn('beyond', { log, end, messages })
    return null
  }
}

function delivered(message: JsMsg): DeliveredMessage {
  return { sequence: message.seq, acknowledge: () => message.ack() }
}
