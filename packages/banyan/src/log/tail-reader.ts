import type { Session } from '../data/index.ts'
import type { LogId, StoredEvent } from './event.ts'
import { readRange } from './log-store.ts'
import { createTailCache } from './tail-cache.ts'
import { shareReads } from './shared-reads.ts'
import type { Watermark } from './watermark.ts'

export interface TailReaderOptions {
  readonly database: Session
  readonly log: LogId
  readonly watermark: Watermark
  readonly maxCachedEvents: number
  readonly maxReadBytes: number
}

/** Reads up to the watermark; consumers that stand at the same place share one statement, and later ones its events. */
export interface TailReader {
  read(after: number, limit: number): Promise<readonly StoredEvent[]>
  /** Forgets what is in memory. */
  clear(): void
}

export function createTailReader(options: TailReaderOptions): TailReader {
  const { database, log, watermark, maxReadBytes } = options
  const cache = createTailCache(options.maxCachedEvents)
  const readShared = shareReads(readTable)

  return { read, clear: cache.clear }

  async function read(after: number, limit: number): Promise<readonly StoredEvent[]> {
    if (after >= watermark.position) return []
    const known = cache.find(after, limit)
    if (known && known.events.length > 0) return known.events
    return readShared(known ? known.to : after, limit)
  }

  async function readTable(after: number, limit: number): Promise<readonly StoredEvent[]> {
    const { position: upTo, incarnation } = watermark
    const events = await readRange(database, log, { after, upTo, limit, maxBytes: maxReadBytes, incarnation })
    if (events && watermark.incarnation === incarnation) cache.store(after, events.at(-1)?.position ?? upTo, events)
    return events ?? []
  }
}
