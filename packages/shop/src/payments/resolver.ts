import type { Clock } from 'banyan/core'
import type { Database, Shards } from 'banyan/data'
import { createFailureLog, type Logger } from 'banyan/observe'

export interface ResolverOptions {
  readonly shards: Shards
  /** Asks the provider again about all that is open of this payment and settles it. */
  readonly resolve: (paymentId: string) => Promise<void>
  readonly clock: Clock
  readonly logger: Logger
  /** Pause between two looks. Default 1,000 ms. */
  readonly pollMs?: number
  /** Most payments asked about at once. Default 16. */
  readonly concurrency?: number
  /** A payment is looked at again after so long, doubled each time, at most `capMs`. Default 1,000 and 10,000 ms. */
  readonly backoff?: { readonly firstMs: number; readonly capMs: number }
}

export interface Resolver {
  start(): void
  /** One look at what is due; resolves when all of it was tried. Answers how many charges and refunds were taken. */
  runOnce(): Promise<number>
  stop(): Promise<void>
}

/**
 * Finishes what a crash or a lost answer left open. Level-triggered: it looks at the rows, not at what it remembers,
 * so whatever goes wrong in one round is still there in the next. Taking a payment moves its next look into the
 * future, which also keeps other processes away (SKIP LOCKED) while this one asks.
 */
export function createResolver(options: ResolverOptions): Resolver {
  const { shards, clock, logger, pollMs = 1_000, concurrency = 16 } = options
  const fails = 'open payments stay until the next round'
  const trouble = createFailureLog({ logger, fails, works: 'open payments are looked at again' })
  let cancel: () => void = () => undefined
  let running: Promise<unknown> = Promise.resolve()
  let state: 'new' | 'started' | 'stopped' = 'new'

  return {
    start() {
      if (state !== 'new') return
      state = 'started'
      schedule(pollMs)
    },
    runOnce,
    async stop() {
      state = 'stopped'
      cancel()
      await running
    },
  }

  function schedule(pauseMs: number): void {
    if (state !== 'started') return
    cancel = clock.schedule(pauseMs, () => {
      running = runOnce()
        // A full round means that more is due: go on at once.
        .then((taken) => {
          trouble.worked()
          return taken >= takenAtOnce(options) ? 0 : pollMs
        })
        .catch((error: unknown) => {
          trouble.failed(error)
          return pollMs
        })
        .then(schedule)
    })
  }

  async function runOnce(): Promise<number> {
    const due = (await Promise.all(shards.all().map((database) => take(database, options)))).flat()
    const queue = [...new Set(due)]
    await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, () => work(queue)))
    return due.length
  }

  async function work(queue: string[]): Promise<void> {
    for (let paymentId = queue.pop(); paymentId !== undefined; paymentId = queue.pop()) {
      if (state === 'stopped') return
      try {
        await options.resolve(paymentId)
      } catch (error) {
        logger.warn({ paymentId, error }, 'the provider gave no final answer; asked again later')
      }
    }
  }
}

/** Charges, and as many refunds, of one shard in one round. */
function takenAtOnce({ concurrency = 16 }: ResolverOptions): number {
  return concurrency * 4
}

async function take(database: Database, options: ResolverOptions): Promise<string[]> {
  const { clock, backoff = { firstMs: 1_000, capMs: 10_000 } } = options
  const parameters = [new Date(clock.now()).toISOString(), takenAtOnce(options), backoff.firstMs, backoff.capMs]
  return database.transaction(async (tx) => {
    const [charges, refunds] = await Promise.all([
      tx.query<{ payment_id: string }>(TAKE_CHARGES, parameters),
      tx.query<{ payment_id: string }>(TAKE_REFUNDS, parameters),
    ])
    return [...charges, ...refunds].map((row) => row.payment_id)
  })
}

const TAKE_CHARGES = `
  UPDATE payments
  SET attempts = least(attempts + 1, 1000),
      retry_at = $1::timestamptz + least($4::int, $3::int * 2 ^ least(attempts, 20)) * interval '1 millisecond'
  FROM (SELECT user_id, payment_id FROM payments WHERE status = 'pending' AND retry_at <= $1::timestamptz
        ORDER BY retry_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS due
  WHERE payments.user_id = due.user_id AND payments.payment_id = due.payment_id
  RETURNING payments.payment_id`

const TAKE_REFUNDS = `
  UPDATE refunds
  SET attempts = least(attempts + 1, 1000),
      retry_at = $1::timestamptz + least($4::int, $3::int * 2 ^ least(attempts, 20)) * interval '1 millisecond'
  FROM (SELECT user_id, payment_id, number FROM refunds WHERE status = 'pending' AND retry_at <= $1::timestamptz
        ORDER BY retry_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS due
  WHERE refunds.user_id = due.user_id AND refunds.payment_id = due.payment_id AND refunds.number = due.number
  RETURNING refunds.payment_id`
