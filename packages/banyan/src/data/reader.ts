import type { Connection } from './connection.ts'
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

export interface Reader extends Session {
  stop(): Promise<void>
}

/**
 * Statements in autocommit over few shared connections: one pipelined connection with 64 statements in flight does
 * twice what 16 connections with one each do (measured: bench/data). Meant for reads: the answers of one connection
 * come in order, so a slow statement delays those behind it, and commits of one connection share no fsync.
 */
export function createReader(options: ReaderOptions): Reader {
  const { database, pool } = options
  let shared: Connection[] = []
  let growing: Promise<Connection> | null = null
  let inFlight = 0

  return { query, stop }

  async function query<R = Row>(sql: string, values?: readonly unknown[]): Promise<R[]> {
    if (inFlight >= options.maxInFlight) throw exhausted()
    inFlight++
    try {
      const connection = pick() ?? (await grow())
      const answer = await connection.run<R>(sql, values)
      return answer.rows
    } catch (error) {
      throw toReadFailure(error)
    } finally {
      inFlight--
    }
  }

  function pick(): Connection | null {
    dropDead()
    const least = shared.reduce<Connection | null>(
      (best, at) => (best && best.inFlight <= at.inFlight ? best : at),
      null,
    )
    // A second connection only when the first is busy; its failure shows when it is needed.
    if (least && least.inFlight > 0 && shared.length < options.connections && !growing) grow().catch(() => null)
    return least
  }

  function grow(): Promise<Connection> {
    growing ??= pool
      .acquire()
      .then((connection) => {
        shared.push(connection)
        return connection
      })
      .finally(() => (growing = null))
    return growing
  }

  function dropDead(): void {
    if (shared.every((connection) => connection.alive)) return
    for (const connection of shared) if (!connection.alive) pool.release(connection)
    shared = shared.filter((connection) => connection.alive)
  }

  function toReadFailure(error: unknown): unknown {
    if (isStalePlan(error)) for (const connection of shared.splice(0)) retire(connection)
    return isConnectionLoss(error) ? dataErrors.CONNECTION_LOST({ database }, { cause: error }) : error
  }

  async function stop(): Promise<void> {
    for (const connection of shared.splice(0)) retire(connection)
    await pool.stop()
  }

  /** Ends once what is on its way has been answered. */
  function retire(connection: Connection): void {
    void connection.end().finally(() => pool.release(connection))
  }

  function exhausted(): Error {
    const { connections, maxInFlight } = options
    return dataErrors.POOL_EXHAUSTED({
      database,
      connections,
      waiting: inFlight,
      maxWaiting: maxInFlight,
      waitTimeoutMs: 0,
    })
  }
}
