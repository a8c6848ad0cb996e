import type { Session } from '../data/index.ts'
import type { LogId, LogSource, StoredEvent } from './event.ts'
import { readAggregateRows } from './log-store.ts'

export interface ReadAggregateOptions {
  readonly database: Session
  readonly log: LogId
  readonly aggregateId: string
  /** Default 0: from the first. */
  readonly afterVersion?: number
  /** Default 1,000. */
  readonly limit?: number
}

/** One aggregate's events in order of version: its story, as committed at this moment. */
export function readAggregate(options: ReadAggregateOptions): Promise<readonly StoredEvent[]> {
  const { database, log, aggregateId, afterVersion = 0, limit = 1_000 } = options
  return readAggregateRows(database, log, { aggregateId, afterVersion, limit })
}

export interface TailOptions {
  readonly source: LogSource
  /** Default: only what is final from now on. */
  readonly after?: number
  /** Default: all. */
  readonly types?: readonly string[]
  /** Ends the iteration. */
  readonly signal: AbortSignal
}

/** A log's events in order, as they become final, until `signal` aborts. */
export async function* tailLog({ source, types, signal, ...from }: TailOptions): AsyncGenerator<StoredEvent, void> {
  const wanted = types && new Set(types)
  let position = from.after ?? (await source.watermark())
  let wake = () => undefined as void
  const stop = source.onAppend(() => wake())
  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort)
  try {
    while (!signal.aborted) {
      // Before the read: a wake-up that comes while it is under way must not be lost.
      const more = new Promise<void>((resolve) => (wake = resolve))
      const events = await source.read(position, 500)
      yield* wanted ? events.filter((event) => wanted.has(event.type)) : events
      position = events.at(-1)?.position ?? position
      if (events.length === 0 && !signal.aborted) await more
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    stop()
  }
}
