import type { StoredEvent } from '../../log/index.ts'
import type { NatsClient } from './link.ts'
import { encodeEvent, messageId } from './message.ts'
import { eventSubject, type StreamLimits } from './stream.ts'

export interface Published {
  /** How many were acknowledged, without a hole from the first on. */
  readonly count: number
  /** Why the next was not; `null`: all were. */
  readonly error: Error | null
}

const ACK_TIMEOUT_MS = 2_000

/** Publishes events that follow `previous` in their log, all at once and in order. */
export async function publishEvents(
  { jetstream }: NatsClient,
  events: readonly StoredEvent[],
  { previous, stream }: { readonly previous: number; readonly stream: StreamLimits },
): Promise<Published> {
  const answers = await Promise.allSettled(
    events.map((event, index) => {
      const message = encodeEvent(event, events[index - 1]?.position ?? previous)
      const options = { msgID: messageId(event), timeout: ACK_TIMEOUT_MS, retries: 1 }
      return jetstream.publish(eventSubject(event.log, event.type, stream), message, options)
    }),
  )
  const hole = answers.findIndex(({ status }) => status === 'rejected')
  if (hole < 0) return { count: events.length, error: null }
  return { count: hole, error: (answers[hole] as PromiseRejectedResult).reason as Error }
}
