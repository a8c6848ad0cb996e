import type { Session } from '../../data/index.ts'
import type { Appended } from '../append.ts'
import type { LogId, StoredEvent } from '../event.ts'
import { readRange } from '../log-store.ts'
import { createOwnAppends } from './own-appends.ts'
import { createTailCache } from './tail-cache.ts'
import { shareReads } from '../shared-reads.ts'
import type { Watermark } from '../watermark/watermark.ts'

export interface TailReaderOptions {
  readonly database: Session
  readonly log: LogId
  readonly watermark: Watermark
  readonly maxCachedEvents: number
  readonly maxReadBytes: number
}

/** Reads up to the watermark; consumers that stand at the same place share one statement, and later ones its events. */
export interface TailReader {
  /** What this process has appended and committed. Whether it was in the life of the server that is known here. */
  add(appended: Appended): boolean
  /** Moves the watermark on over what this process has appended, as far as nobody else has drawn in between. */
  passOwn(): void
  read(after: number, limit: number): Promise<readonly StoredEvent[]>
}

export function createTailReader(options: TailReaderOptions): TailReader {
  const { database, log, watermark, maxReadBytes } = options
  const cache = createTailCache(options.maxCachedEvents)
  const own = createOwnAppends(options.maxCachedEvents)
  const readShared = shareReads(readTable, () => watermark.position)
  let keptOf: string | null = null

  return { add, passOwn, read }

  function add({ incarnation, events }: Appended): boolean {
    forgetOtherLives()
    // The answer of a commit may come after the server's next life was found, which gives the same positions to other events.
    if (incarnation !== keptOf) return false
    own.add(events().map((event) => ({ ...event, log })))
    return true
  }

  function passOwn(): void {
    forgetOtherLives()
    if (keptOf !== null) watermark.pass(own.runEnd(watermark.position))
  }

  /** Here and not by whoever looks: a look that finds another life may fail behind that. */
  function forgetOtherLives(): void {
    if (keptOf === watermark.incarnation) return
    keptOf = watermark.incarnation
    cache.clear()
    own.clear()
  }

  async function read(after: number, limit: number): Promise<readonly StoredEvent[]> {
    forgetOtherLives()
    if (after >= watermark.position) return []
    const known = cache.find(after, limit)
    if (known && known.events.length > 0) return known.events
    const from = known ? known.to : after
    const run = own.take(from, watermark.position)
    if (run.length === 0) return readShared(from, limit)
    cache.store(from, run.at(-1)!.position, run)
    return run.slice(0, limit)
  }

  async function readTable(after: number, limit: number): Promise<readonly StoredEvent[]> {
    const { position: upTo, incarnation } = watermark
    const events = await readRange(database, log, { after, upTo, limit, maxBytes: maxReadBytes, incarnation })
    if (!events || watermark.incarnation !== incarnation) return events ?? []
    const to = events.at(-1)?.position ?? upTo
    cache.store(after, to, events)
    own.dropUpTo(to)
    return events
  }
}
