import { coreErrors } from '../../core/index.ts'
import type { Gate } from './gate.ts'

export interface BatcherOptions<Item> {
  /** Named in the error when the queue is full. */
  readonly name: string
  /** Carries out one batch; must settle each item itself and never throw. */
  readonly run: (items: readonly Item[]) => Promise<void>
  /** Shared with other batchers of the process. Default: none, a batch goes as soon as the one before is done. */
  readonly gate?: Gate
  /** Most items in one batch. Default 128: beyond it a batch gains little and holds its locks longer. */
  readonly maxItems?: number
  /** Most bytes of input in one batch. Default 1 MiB. */
  readonly maxBytes?: number
  /** Most items waiting. Default 4,096. */
  readonly maxQueued?: number
}

export interface QueuedItem {
  /** One caller fills at most a quarter of the queue; `null`: the platform itself, not counted. */
  readonly caller: string | null
  readonly bytes: number
}

export interface Batcher<Item> {
  /** @throws `api.OVERLOADED` when the queue, or this caller's quarter of it, is full. */
  add(item: Item): void
  /** Takes an item back that has not been handed to a batch yet; tells whether it could. */
  remove(item: Item): boolean
  /** Resolves once nothing waits and nothing runs. */
  drain(): Promise<void>
}

/**
 * Natural batching: while one batch is carried out the next one gathers; when nothing runs, what came in the same
 * turn of the event loop goes at once. There is no timer, so a lone call never waits for company.
 */
export function createBatcher<Item extends QueuedItem>(options: BatcherOptions<Item>): Batcher<Item> {
  const { maxItems = 128, maxBytes = 1 << 20, maxQueued = 4_096 } = options
  const queue: Item[] = []
  const perCaller = new Map<string, number>()
  const idleWaiters: (() => void)[] = []
  let running = false

  function add(item: Item): void {
    const mine = item.caller === null ? 0 : (perCaller.get(item.caller) ?? 0)
    const limit = mine >= maxQueued / 4 ? maxQueued / 4 : maxQueued
    if (queue.length >= maxQueued || mine >= maxQueued / 4) throw coreErrors.OVERLOADED({ what: options.name, limit })
    queue.push(item)
    if (item.caller !== null) perCaller.set(item.caller, mine + 1)
    schedule()
  }

  function schedule(): void {
    if (running) return
    running = true
    // A turn later, so that all calls which one socket read or one finished batch set free share a batch.
    setImmediate(() => void runAll())
  }

  async function runAll(): Promise<void> {
    while (queue.length > 0) {
      const pass = await options.gate?.enter()
      await options.run(takeBatch())
      pass?.leave()
    }
    running = false
    for (const resolve of idleWaiters.splice(0)) resolve()
  }

  function takeBatch(): Item[] {
    let bytes = 0
    let count = 0
    while (count < queue.length && count < maxItems && (count === 0 || bytes + queue[count]!.bytes <= maxBytes)) {
      bytes += queue[count++]!.bytes
    }
    const batch = queue.splice(0, count)
    for (const item of batch) forget(item)
    return batch
  }

  function forget(item: Item): void {
    if (item.caller === null) return
    const left = perCaller.get(item.caller)! - 1
    if (left === 0) perCaller.delete(item.caller)
    else perCaller.set(item.caller, left)
  }

  function remove(item: Item): boolean {
    const index = queue.indexOf(item)
    if (index < 0) return false
    queue.splice(index, 1)
    forget(item)
    return true
  }

  return {
    add,
    remove,
    drain: () => (running ? new Promise((resolve) => idleWaiters.push(resolve)) : Promise.resolve()),
  }
}
