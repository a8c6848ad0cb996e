import { type Clock, coreErrors } from '../core/index.ts'
import type { AvailabilityLog } from './availability-log.ts'
import type { Connection } from './connection/connection.ts'
import { dataErrors } from './data-errors.ts'
import { isTooManyConnections } from './failures.ts'
import { WaitingLine } from './waiting-line.ts'

export interface PoolOptions {
  readonly database: string
  readonly connections: number
  /** Callers beyond those whom a connection that is being opened will serve. */
  readonly maxWaiting: number
  readonly waitTimeoutMs: number
  /** Pause between two attempts to reach a server that is gone; callers are refused at once meanwhile. */
  readonly coolDownMs: number
  readonly clock: Clock
  /** The same for all pools of a database. */
  readonly availability: AvailabilityLog
  readonly open: (onClosed: (connection: Connection) => void) => Promise<Connection>
}

/**
 * Connections lent to one borrower at a time. Our own, not pg-pool: that one has no bound on its queue, no
 * AbortSignal, and lets every caller wait for the connect timeout while the server is gone.
 *
 * - up: opens connections as they are needed, up to the limit;
 * - down (the last attempt to open one failed): callers are refused at once, one attempt each `coolDownMs`;
 * - stopped: for good.
 */
export class Pool {
  readonly #options: PoolOptions
  readonly #line: WaitingLine<Connection>
  readonly #idle: Connection[] = []
  readonly #lent = new Set<Connection>()
  #opening = 0
  #state: 'up' | 'down' | 'stopped' = 'up'
  #downCause: unknown = null
  #cancelProbe: (() => void) | null = null
  readonly #allReturned = Promise.withResolvers<void>()

  constructor(options: PoolOptions) {
    this.#options = options
    this.#line = new WaitingLine(options.clock)
  }

  /** @throws `data.UNAVAILABLE`, `data.POOL_EXHAUSTED`, `data.STOPPED`, `api.CANCELLED` */
  async acquire(signal?: AbortSignal): Promise<Connection> {
    const { database, maxWaiting, waitTimeoutMs } = this.#options
    if (this.#state === 'stopped') throw dataErrors.STOPPED({ database })
    if (signal?.aborted) throw coreErrors.CANCELLED({}, { cause: signal.reason })
    // The one returned last: its caches are warm, and spare ones stay idle.
    const idle = this.#idle.pop()
    if (idle) return this.#lend(idle)
    if (this.#state === 'down') throw this.#unavailable()
    if (this.#line.size >= maxWaiting + this.#room) throw this.#exhausted()
    const waiting = this.#line.wait({ timeoutMs: waitTimeoutMs, timedOut: () => this.#exhausted(), signal })
    this.#openWhereNeeded()
    return waiting
  }

  /** Takes a connection back; one that is broken or not certainly outside a transaction is destroyed instead of lent again. */
  release(connection: Connection): void {
    this.#lent.delete(connection)
    const isClean = connection.alive && connection.inFlight === 0 && connection.transactionStatus === 'I'
    if (isClean && this.#state !== 'stopped') return this.#offer(connection)
    connection.destroy()
    if (this.#state === 'stopped') this.#settleStop()
    else this.#openWhereNeeded()
  }

  /** Refuses whoever waits and resolves once every connection that is lent has come back. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#cancelProbe?.()
    this.#line.rejectAll(() => dataErrors.STOPPED({ database: this.#options.database }))
    await Promise.all(this.#idle.splice(0).map((connection) => connection.end()))
    this.#settleStop()
    await this.#allReturned.promise
  }

  #settleStop(): void {
    if (this.#lent.size + this.#opening === 0) this.#allReturned.resolve()
  }

  /** Connections that could still be opened or are being opened. */
  get #room(): number {
    return this.#options.connections - this.#idle.length - this.#lent.size
  }

  #openWhereNeeded(): void {
    const wanted = Math.min(this.#room, this.#line.size) - this.#opening
    for (let i = 0; i < wanted; i++) void this.#open()
  }

  async #open(): Promise<void> {
    this.#opening++
    try {
      const connection = await this.#options.open((closed) => this.#forget(closed))
      this.#opening--
      this.#onOpened(connection)
    } catch (cause) {
      this.#opening--
      this.#onFailed(cause)
    }
  }

  #onOpened(connection: Connection): void {
    if (this.#state === 'stopped') {
      connection.destroy()
      return this.#settleStop()
    }
    if (this.#state === 'down') this.#options.availability.back()
    this.#state = 'up'
    this.#offer(connection)
  }

  #onFailed(cause: unknown): void {
    if (this.#state === 'stopped') return this.#settleStop()
    // The server is there but full: whoever waits gets a connection that comes back.
    if (isTooManyConnections(cause) && this.#lent.size > 0) return
    const { availability, clock, coolDownMs } = this.#options
    if (this.#state === 'up') availability.away(cause)
    this.#state = 'down'
    this.#downCause = cause
    this.#line.rejectAll(() => this.#unavailable())
    this.#cancelProbe?.()
    this.#cancelProbe = clock.schedule(coolDownMs, () => void this.#open())
  }

  #offer(connection: Connection): void {
    this.#lent.add(connection)
    if (this.#line.serve(connection)) return
    this.#lent.delete(connection)
    this.#idle.push(connection)
  }

  #lend(connection: Connection): Connection {
    this.#lent.add(connection)
    return connection
  }

  /** A connection broke. A lent one is still given back by its borrower. */
  #forget(connection: Connection): void {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  #unavailable(): Error {
    this.#options.availability.refused()
    return dataErrors.UNAVAILABLE({ database: this.#options.database }, { cause: this.#downCause })
  }

  #exhausted(): Error {
    const { database, connections, maxWaiting, waitTimeoutMs } = this.#options
    return dataErrors.POOL_EXHAUSTED({ database, connections, waiting: this.#line.size, maxWaiting, waitTimeoutMs })
  }
}
