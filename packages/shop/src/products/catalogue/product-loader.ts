import { coreErrors } from 'banyan/core'
import type { ProductRecord } from './product.ts'
import type { ReadProducts } from './product-reader.ts'

export interface ProductLoaderOptions {
  readonly read: ReadProducts
  /** Most products in one statement. Default 256. */
  readonly maxBatch?: number
  /** Most statements at a time. Default 2: PostgreSQL works on one while Node takes the other apart. */
  readonly maxInFlight?: number
  /** Most products waiting to be asked for. Default 10,000. */
  readonly maxWaiting?: number
}

export interface ProductLoader {
  /** `undefined`: there is no such product. @throws `api.OVERLOADED` */
  load(id: string): Promise<ProductRecord | undefined>
}

interface Waiter {
  readonly promise: Promise<ProductRecord | undefined>
  resolve(record: ProductRecord | undefined): void
  reject(error: unknown): void
}

/**
 * Point reads without a point statement each: what is asked for in one turn of the event loop, or while earlier
 * statements run, goes out as one `= ANY`. A read only joins a statement that has not left yet, so it sees
 * whatever was committed before it was asked for.
 */
export function createProductLoader(options: ProductLoaderOptions): ProductLoader {
  const { read, maxBatch = 256, maxInFlight = 2, maxWaiting = 10_000 } = options
  let waiting = new Map<string, Waiter>()
  let inFlight = 0
  let scheduled = false

  function load(id: string): Promise<ProductRecord | undefined> {
    const known = waiting.get(id)
    if (known) return known.promise
    if (waiting.size >= maxWaiting)
      throw coreErrors.OVERLOADED({ what: 'The queue of product reads', limit: maxWaiting })
    const waiter = Promise.withResolvers<ProductRecord | undefined>()
    waiting.set(id, waiter)
    if (!scheduled && inFlight < maxInFlight) {
      scheduled = true
      setImmediate(runScheduled)
    }
    return waiter.promise
  }

  function runScheduled(): void {
    scheduled = false
    void run()
  }

  async function run(): Promise<void> {
    inFlight++
    while (waiting.size > 0) await readBatch(takeBatch())
    inFlight--
  }

  function takeBatch(): Map<string, Waiter> {
    if (waiting.size <= maxBatch) {
      const all = waiting
      waiting = new Map()
      return all
    }
    const batch = new Map([...waiting].slice(0, maxBatch))
    for (const id of batch.keys()) waiting.delete(id)
    return batch
  }

  async function readBatch(batch: Map<string, Waiter>): Promise<void> {
    try {
      const records = await read([...batch.keys()])
      for (const record of records) {
        batch.get(record.id)!.resolve(record)
        batch.delete(record.id)
      }
      for (const waiter of batch.values()) waiter.resolve(undefined)
    } catch (error) {
      for (const waiter of batch.values()) waiter.reject(error)
    }
  }

  return { load }
}
