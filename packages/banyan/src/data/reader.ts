import type { Connection } from './connection/connection.ts'
import { dataErrors } from './data-errors.ts'
import type { Row, Session } from './database.ts'
import { isConnectionLoss, isStalePlan } from './failures.ts'
import type { Pool } from './pool.ts'

export interface ReaderOptions {
  readonly database: string
  readonly pool: Pool
  readonly connections: number
  readonly maxInFlight: number
}

/**
 * Statements in autocommit over few shared connections: one pipelined connection with 64 statements in flight does
 * twice what 16 connections with one each do (measured: bench/data). Meant for reads: the answers of one connection
 * come in order, so a slow statement delays those behind it, and commits of one connection share no fsync.
 */
export class Reader implements Session {
  readonly #options: ReaderOptions
  #shared: Connection[] = []
  #growing: Promise<Connection> | null = null
  #inFlight = 0
  #stopped = false

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /** @throws `data.CONNECTION_LOST`, `data.UNAVAILABLE`, `data.POOL_EXHAUSTED`, `data.STOPPED` */
  async query<R = Row>(sql: string, values?: readonly unknown[]): Promise<R[]> {
    if (this.#inFlight >= this.#options.maxInFlight) throw this.#exhausted()
    this.#inFlight++
    try {
      const connection = this.#pick() ?? (await this.#grow())
      const answer = await connection.run<R>(sql, values)
      return answer.rows
    } catch (error) {
      throw this.#toFailure(error)
    } finally {
      this.#inFlight--
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const connection of this.#shared.splice(0)) this.#retire(connection)
    await this.#options.pool.stop()
  }

  #pick(): Connection | null {
    this.#dropDead()
    const least = this.#shared.reduce<Connection | null>(lessBusy, null)
    const isShort = least !== null && least.inFlight > 0 && this.#shared.length < this.#options.connections
    // In the background; when it fails the next one to need it is told.
    if (isShort && !this.#growing) this.#grow().catch(() => null)
    return least
  }

  #grow(): Promise<Connection> {
    this.#growing ??= this.#options.pool
      .acquire()
      .then((connection) => this.#share(connection))
      .finally(() => (this.#growing = null))
    return this.#growing
  }

  #share(connection: Connection): Connection {
    // Lent in the very turn in which the pool was stopped.
    if (this.#stopped) this.#retire(connection)
    else this.#shared.push(connection)
    return connection
  }

  #dropDead(): void {
    if (this.#shared.every((connection) => connection.alive)) return
    for (const connection of this.#shared) if (!connection.alive) this.#options.pool.release(connection)
    this.#shared = this.#shared.filter((connection) => connection.alive)
  }

  #toFailure(error: unknown): unknown {
    if (isStalePlan(error)) for (const connection of this.#shared.splice(0)) this.#retire(connection)
    return isConnectionLoss(error)
      ? dataErrors.CONNECTION_LOST({ database: this.#options.database }, { cause: error })
      : error
  }

  /** Ends once what is on its way has been answered. */
  #retire(connection: Connection): void {
    void connection.end().finally(() => this.#options.pool.release(connection))
  }

  #exhausted(): Error {
    const { database, connections, maxInFlight } = this.#options
    const waiting = this.#inFlight
    return dataErrors.POOL_EXHAUSTED({ database, connections, waiting, maxWaiting: maxInFlight, waitTimeoutMs: 0 })
  }
}

function lessBusy(best: Connection | null, at: Connection): Connection {
  return best !== null && best.inFlight <= at.inFlight ? best : at
}
