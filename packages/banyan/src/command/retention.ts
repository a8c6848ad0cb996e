import type { Clock } from '../core/index.ts'
import type { Database, Shards } from '../data/index.ts'
import type { Logger } from '../observe/index.ts'

export interface RetentionOptions {
  readonly shards: Shards
  readonly clock: Clock
  readonly logger: Logger
  /** Default 60,000. */
  readonly intervalMs?: number
  /** Rows a statement: few enough that nobody waits behind it. Default 1,000. */
  readonly batchSize?: number
}

export interface Retention {
  start(): void
  stop(): Promise<void>
}

/** Forgets idempotency keys past their time, in small batches, so that no delete holds locks or bloats a vacuum. */
export function createRetention(options: RetentionOptions): Retention {
  const { shards, clock, logger, intervalMs = 60_000, batchSize = 1_000 } = options
  let cancel: () => void = () => undefined
  let running: Promise<void> = Promise.resolve()
  let stopped = false

  return {
    start: schedule,
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }

  function schedule(): void {
    if (stopped) return
    cancel = clock.schedule(intervalMs, () => {
      running = forgetAll().then(schedule)
    })
  }

  async function forgetAll(): Promise<void> {
    try {
      for (const database of shards.all()) await forget(database)
    } catch (error) {
      logger.warn({ error }, 'expired idempotency keys stay until the next round')
    }
  }

  async function forget(database: Database): Promise<void> {
    let deleted = batchSize
    while (deleted === batchSize && !stopped) deleted = (await database.query(FORGET, [batchSize])).length
  }
}

const FORGET = `
  DELETE FROM banyan_keys
  WHERE ctid = ANY (ARRAY(SELECT ctid FROM banyan_keys WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))
  RETURNING 1`
