import { type Clock, coreErrors } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'
import type { Connection, ConnectionScope } from './connection.ts'
import { dataErrors } from './data-errors.ts'
import { isTooManyConnections } from './failures.ts'

export interface PoolOptions {
  readonly database: string
  readonly connections: number
  readonly maxWaiting: number
  readonly waitTimeoutMs: number
  /** Pause between two attempts to reach a server that is gone; callers are refused at once meanwhile. */
  readonly coolDownMs: number
  readonly clock: Clock
  readonly logger: Logger | null
  readonly open: (scope: Pick<ConnectionScope, 'onClosed'>) => Promise<Connection>
}

/** Connections lent to one borrower at a time. */
export interface Pool {
  /** @throws `data.UNAVAILABLE`, `data.POOL_EXHAUSTED`, `data.STOPPED`, `api.CANCELLED` */
  acquire(signal?: AbortSignal): Promise<Connection>
  /** Takes a connection back; one inside a transaction or broken is destroyed instead of lent again. */
  release(connection: Connection): void
  stop(): Promise<void>
}

interface Waiter {
  readonly resolve: (connection: Connection) => void
  readonly reject: (error: unknown) => void
  /** Removes its timer and abort listener. */
  readonly settle: () => void
}

/**
 * A pool of its own, not pg-pool: that one has no bound on its queue, no AbortSignal, and lets every caller wait for
 * the connect timeout while the server is gone. States: up; down (the last attempt failed: callers are refused at
 * once, one attempt each `coolDownMs` in the background); stopped.
 */
export function createPool(options: PoolOptions): Pool {
  const { clock, database } = options
  const idle: Connection[] = []
  const lent = new Set<Connection>()
  const waiters = new Set<Waiter>()
  let opening = 0
  let downCause: unknown = null
  let isDown = false
  let stopped = false
  let cancelProbe: (() => void) | null = null
  let allReturned: (() => void) | null = null

  return { acquire, release, stop }

  async function acquire(signal?: AbortSignal): Promise<Connection> {
    if (stopped) throw dataErrors.STOPPED({ database })
    if (signal?.aborted) throw coreErrors.CANCELLED({}, { cause: signal.reason })
    const connection = takeIdle()
    if (connection) return connection
    if (isDown) throw dataErrors.UNAVAILABLE({ database }, { cause: downCause })
    if (waiters.size >= options.maxWaiting) throw exhausted()
    const waiting = wait(signal)
    openWhereNeeded()
    return waiting
  }

  /** The one returned last: its caches are warm, and spare ones stay idle. */
  function takeIdle(): Connection | null {
    const connection = idle.pop()
    if (!connection) return null
    lent.add(connection)
    return connection
  }

  function wait(signal?: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const cancelTimer = clock.schedule(options.waitTimeoutMs, () => giveUp(exhausted()))
      const onAbort = () => giveUp(coreErrors.CANCELLED({}, { cause: signal?.reason }))
      signal?.addEventListener('abort', onAbort, { once: true })
      const settle = () => {
        waiters.delete(waiter)
        cancelTimer()
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = { resolve, reject, settle }
      const giveUp = (error: unknown) => {
        settle()
        reject(error)
      }
      waiters.add(waiter)
    })
  }

  function openWhereNeeded(): void {
    const room = options.connections - idle.length - lent.size - opening
    const wanted = Math.min(room, waiters.size - opening)
    for (let i = 0; i < wanted; i++) void openOne()
  }

  async function openOne(): Promise<void> {
    opening++
    try {
      const connection = await options.open({ onClosed })
      opening--
      markUp()
      if (stopped) connection.destroy()
      else lend(connection)
    } catch (cause) {
      opening--
      onOpenFailed(cause)
    }
  }

  function lend(connection: Connection): void {
    const [waiter] = waiters
    if (!waiter) {
      lent.delete(connection)
      idle.push(connection)
      return
    }
    lent.add(connection)
    waiter.settle()
    waiter.resolve(connection)
  }

  function release(connection: Connection): void {
    const isOver = connection.transactionStatus === 'I' && connection.inFlight === 0
    if (!connection.alive || !isOver || stopped) {
      lent.delete(connection)
      connection.destroy()
      openWhereNeeded()
      if (stopped && lent.size === 0) allReturned?.()
      return
    }
    lend(connection)
  }

  function onClosed(connection: Connection): void {
    const at = idle.indexOf(connection)
    if (at >= 0) idle.splice(at, 1)
  }

  function onOpenFailed(cause: unknown): void {
    if (stopped) return
    // The server is there and full: whoever waits gets a connection that comes back.
    if (isTooManyConnections(cause) && lent.size > 0) return
    if (!isDown) options.logger?.warn({ database, cause }, 'database unavailable')
    isDown = true
    downCause = cause
    for (const waiter of waiters) {
      waiter.settle()
      waiter.reject(dataErrors.UNAVAILABLE({ database }, { cause }))
    }
    cancelProbe?.()
    cancelProbe = clock.schedule(options.coolDownMs, () => void openOne())
  }

  function markUp(): void {
    if (isDown) options.logger?.info({ database }, 'database available again')
    isDown = false
    downCause = null
  }

  function exhausted(): Error {
    const { connections, maxWaiting, waitTimeoutMs } = options
    return dataErrors.POOL_EXHAUSTED({ database, connections, waiting: waiters.size, maxWaiting, waitTimeoutMs })
  }

  async function stop(): Promise<void> {
    if (stopped && lent.size === 0) return
    stopped = true
    cancelProbe?.()
    for (const waiter of waiters) {
      waiter.settle()
      waiter.reject(dataErrors.STOPPED({ database }))
    }
    await Promise.all(idle.splice(0).map((connection) => connection.end()))
    if (lent.size > 0) await new Promise<void>((resolve) => (allReturned = resolve))
  }
}
