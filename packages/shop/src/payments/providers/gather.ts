import { coreErrors } from 'banyan/core'

export interface GatherOptions<Item, Result> {
  /** Named in the error when too many wait. */
  readonly what: string
  /** Carries out one batch and answers in its order. When it throws, each item of the batch fails with that. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>
  /** Most items in one batch. Default 128. */
  readonly maxItems?: number
  /** Most items waiting. Default 4,096. */
  readonly maxWaiting?: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Natural batching: what comes in while one batch runs goes with the next.
 * @throws `api.OVERLOADED` when `maxWaiting` wait already.
 */
export function createGatherer<Item, Result>(options: GatherOptions<Item, Result>): (item: Item) => Promise<Result> {
  const { what, run, maxItems = 128, maxWaiting = 4_096 } = options
  const queue: Waiting<Item, Result>[] = []
  let isRunning = false

  return (item) =>
    new Promise((resolve, reject) => {
      if (queue.length >= maxWaiting) return reject(coreErrors.OVERLOADED({ what, limit: maxWaiting }))
      queue.push({ item, resolve, reject })
      if (isRunning) return
      isRunning = true
      setImmediate(() => void runAll())
    })

  async function runAll(): Promise<void> {
    while (queue.length > 0) await runBatch(queue.splice(0, maxItems))
    isRunning = false
  }

  async function runBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await run(batch.map(({ item }) => item))
      for (const [index, { resolve }] of batch.entries()) resolve(results[index]!)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}
