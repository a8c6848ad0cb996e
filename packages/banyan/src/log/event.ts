/** A log is one producer's append-only table in one shard; `epoch` rises when a shard is split or moved. */
export interface LogId {
  readonly producer: string
  readonly shard: number
  readonly epoch: number
}

/** The log that every service begins with. The producer refuses readers of one that it does not keep. */
export function firstLog(producer: string): LogId {
  return { producer, shard: 0, epoch: 1 }
}

/** `orders/0/1` */
export function logName(log: LogId): string {
  return `${log.producer}/${log.shard}/${log.epoch}`
}

/** What a command appends. The aggregate's `version` counts its events: 1, 2, 3 … without gap. */
export interface NewEvent<Payload = unknown> {
  /** Past tense with a version: `orders.order-placed.v1`. */
  readonly type: string
  readonly aggregateId: string
  readonly version: number
  readonly payload: Payload
}

export interface StoredEvent<Payload = unknown> extends NewEvent<Payload> {
  /** In this log, rising, with gaps where a transaction rolled back. Decimal text in SQL, a number here (< 2^53). */
  readonly position: number
  readonly log: LogId
  /** ISO 8601. */
  readonly recordedAt: string
  readonly traceParent: string | null
}

/** Reads one producer's logs in order, up to the watermark. */
export interface LogSource {
  readonly log: LogId
  /**
   * Events with `after < position ≤ watermark`, in order: at most `limit`, perhaps fewer than there are. Only an empty
   * list means: nothing final beyond `after` yet.
   */
  read(after: number, limit: number): Promise<readonly StoredEvent[]>
  /** The highest position up to which the log is final. */
  watermark(): Promise<number>
  /** Calls `wake` when the watermark has moved; the returned function ends it. A hint, never a promise. */
  onAppend(wake: () => void): () => void
  /**
   * Told by each reader up to where its own transactions have come (`null`: it has stopped), so that a broker's messages
   * are acknowledged after their effect and not before. Nothing else depends on it.
   */
  applied?(reader: string, position: number | null): void
}
