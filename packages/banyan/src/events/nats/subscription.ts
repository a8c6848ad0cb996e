import type { ConsumerConfig, ConsumerMessages, JsMsg } from '@nats-io/jetstream'
import type { LogId } from '../../log/index.ts'
import type { NatsClient } from './link.ts'
import { ensureStream, type StreamLimits, streamName } from './stream.ts'

export interface SubscriptionOptions {
  readonly log: LogId
  readonly durable: string
  readonly stream: StreamLimits
  /** Messages that may be on their way or unapplied. */
  readonly maxUnapplied: number
  readonly onMessage: (message: JsMsg) => void
  /** The connection, the stream or the consumer is gone. */
  readonly onEnd: () => void
}

/** The messages of a durable consumer, over one connection at a time. */
export interface Subscription {
  /** Level-triggered: takes messages over this connection, or none (`null`), whatever was before. */
  follow(client: NatsClient | null): Promise<void>
}

export function createSubscription(options: SubscriptionOptions): Subscription {
  let taken: { readonly client: NatsClient; readonly messages: ConsumerMessages } | null = null

  return {
    async follow(client) {
      if (taken && taken.client !== client) await release()
      if (!client || taken) return
      const messages = await consume(client, options)
      taken = { client, messages }
      void watchEnd(messages)
    },
  }

  async function release(): Promise<void> {
    const { messages } = taken!
    taken = null
    await messages.close()
  }

  async function watchEnd(messages: ConsumerMessages): Promise<void> {
    await messages.closed()
    if (taken?.messages !== messages) return
    taken = null
    options.onEnd()
  }
}

/** Makes the stream and the durable consumer where they are missing. */
async function consume(client: NatsClient, options: SubscriptionOptions): Promise<ConsumerMessages> {
  const { log, stream, onMessage } = options
  const name = streamName(log, stream)
  await ensureStream(client, log, stream)
  const config = toConfig(options)
  await client.manager.consumers.add(name, config)
  const consumer = await client.jetstream.consumers.get(name, config.durable_name)
  return consumer.consume({ callback: onMessage, max_messages: MAX_PULLED, abort_on_missing_resource: true })
}

const MAX_PULLED = 500
const NANOSECONDS = 1_000_000
/** A message that is not applied by then comes again, for ever: what keeps failing is the consumer's business. */
const ACK_WAIT_MS = 30_000
/** A process that does not come back leaves nothing behind. */
const FORGOTTEN_AFTER_MS = 3_600_000

// `new`: what was published before this consumer is read from the log. `all`: one acknowledgement for a whole batch.
function toConfig({ durable, maxUnapplied }: SubscriptionOptions) {
  return {
    durable_name: durable,
    deliver_policy: 'new',
    ack_policy: 'all',
    ack_wait: ACK_WAIT_MS * NANOSECONDS,
    max_deliver: -1,
    max_ack_pending: maxUnapplied,
    inactive_threshold: FORGOTTEN_AFTER_MS * NANOSECONDS,
  } satisfies Partial<ConsumerConfig>
}
