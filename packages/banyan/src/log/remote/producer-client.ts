import { createClient, serviceCall, type Wire } from '../../contract/index.ts'
import type { Clock, Random } from '../../core/index.ts'
import { type LogId, logName, type StoredEvent } from '../event.ts'
import { logContract } from './log-operations.ts'

export interface ProducerClientOptions {
  readonly wire: Wire
  readonly log: LogId
  readonly reader: string
  readonly clock: Clock
  readonly random: Random
}

/** The calls to the owner of a log. */
export interface ProducerClient {
  /** @param waitMs How long the producer may hold an empty answer back. */
  read(after: number, limit: number, waitMs: number): Promise<readonly StoredEvent[]>
  watermark(): Promise<number>
  countUpTo(position: number): Promise<number>
  /** Cancels what is on its way. */
  end(): void
}

/** What the way to a producer may take beyond the time that it was asked to wait. */
const MARGIN_MS = 5_000
const COUNT_TIMEOUT_MS = 30_000

export function createProducerClient({ wire, log, reader, clock, random }: ProducerClientOptions): ProducerClient {
  const name = logName(log)
  const ending = new AbortController()
  const defaults = { ...serviceCall(reader, { clock, random }), signal: ending.signal }
  const client = createClient(logContract(log.producer), wire, defaults)
  return {
    async read(after, limit, waitMs) {
      const input = { log: name, after, limit, waitMs }
      const { events } = await client.readEvents(input, { timeoutMs: waitMs + MARGIN_MS })
      return events.map((event) => ({ ...event, log }))
    },
    async watermark() {
      return (await client.describeLog({ log: name, countUpTo: null })).watermark
    },
    async countUpTo(position) {
      const input = { log: name, countUpTo: position }
      return (await client.describeLog(input, { timeoutMs: COUNT_TIMEOUT_MS })).count!
    },
    end: () => ending.abort(),
  }
}
