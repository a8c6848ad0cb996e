import { type Clock, parseOptions, systemClock, Type } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'
import { createAvailabilityLog } from './availability-log.ts'
import { openConnection } from './connection/connection.ts'
import type { ConnectionOptions } from './connection/connection-options.ts'
import type { Database, Transaction, TransactionOptions } from './database.ts'
import { type DatabaseLimits, DatabaseLimitsSchema, DEFAULT_LIMITS } from './database-limits.ts'
import { isRetriable, isStalePlan } from './failures.ts'
import { Pool } from './pool.ts'
import { Reader } from './reader.ts'
import type { SessionSettings } from './connection/session-settings.ts'
import { createStatementTexts } from './connection/statement-texts.ts'
import { runTransaction, TransactionFailure } from './transaction.ts'

export interface DatabaseOptions {
  /** For people and metrics: the service's name, with the shard where there are several. */
  readonly name: string
  readonly connection: ConnectionOptions
  /** `search_path` of every session, so that SQL names tables bare. Default: the server's. */
  readonly schema?: string
  /** Role of every session: it can touch nothing of other services. Default: the connecting user. */
  readonly role?: string
  readonly limits?: DatabaseLimits
  readonly clock?: Clock
  readonly logger?: Logger
}

const identifier = Type.Union([Type.String({ pattern: '^[a-z_][a-z0-9_]{0,62}$' }), Type.Null()])

const CheckedOptions = Type.Object(
  { name: Type.String({ minLength: 1 }), schema: identifier, role: identifier, limits: DatabaseLimitsSchema },
  { additionalProperties: false },
)

/**
 * One PostgreSQL database as one service sees it. Connects on first use.
 * @throws `api.INVALID_OPTIONS`
 */
export function createDatabase(options: DatabaseOptions): Database {
  const { name, connection, schema = null, role = null, clock = systemClock, logger = null } = options
  const checked = parseOptions(`database '${name}'`, CheckedOptions, {
    name,
    schema,
    role,
    limits: options.limits ?? {},
  })
  const limits = { ...DEFAULT_LIMITS, ...checked.limits }
  const texts = createStatementTexts(limits.maxStatements)
  const session = { ...limits, connection, role, schema, applicationName: `banyan ${name}` }
  const availability = createAvailabilityLog(name, logger, clock)
  const poolOf = (use: SessionSettings['use'], connections: number) => {
    const settings: SessionSettings = { ...session, use }
    return new Pool({
      ...limits,
      connections,
      database: name,
      clock,
      availability,
      open: (onClosed) => openConnection(settings, { texts, clock, onClosed }),
    })
  }
  const writers = poolOf('transaction', limits.connections)
  const reader = new Reader({
    database: name,
    pool: poolOf('shared', limits.readConnections),
    connections: limits.readConnections,
    maxInFlight: limits.maxReadsInFlight,
  })
  const transactor: Transactor = { pool: writers, database: name, maxAttempts: limits.maxAttempts }
  const stop = async () => void (await Promise.all([writers.stop(), reader.stop()]))

  return {
    name,
    query: (sql, values) => reader.query(sql, values),
    transaction: (work, how) => transact(transactor, work, how),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

interface Transactor {
  readonly pool: Pool
  readonly database: string
  readonly maxAttempts: number
}

async function transact<T>(
  { pool, database, maxAttempts }: Transactor,
  work: (tx: Transaction) => Promise<T>,
  { mode = 'write', signal }: TransactionOptions = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const connection = await pool.acquire(signal)
    try {
      return await runTransaction(connection, work, { database, mode })
    } catch (error) {
      if (!(error instanceof TransactionFailure)) throw error
      if (isStalePlan(error.fault)) connection.destroy()
      if (!isRetriable(error.fault) || attempt >= maxAttempts || signal?.aborted) throw error.fault
    } finally {
      pool.release(connection)
    }
  }
}
