import { type Static, Type } from 'typebox'
import { type Clock, parseOptions, systemClock } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { openConnection, type SessionSettings } from './connection.ts'
import type { Database, Transaction, TransactionOptions } from './database.ts'
import { isRetriable, isStalePlan } from './failures.ts'
import { createPool, type Pool } from './pool.ts'
import { createReader } from './reader.ts'
import { createStatementNames } from './statement-names.ts'
import { runTransaction, TransactionFailure } from './transaction.ts'

const identifier = Type.String({ pattern: '^[a-z_][a-z0-9_]{0,62}$' })
const milliseconds = Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000 }))

const Limits = Type.Object(
  {
    /** Connections for transactions. 8–16 is best: commits of one connection share no fsync. Default 8. */
    connections: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
    /** Shared pipelined connections for autocommit statements. Default 2. */
    readConnections: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    /** Transactions that may wait for a connection. Default 1,000. */
    maxWaiting: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    /** Longest such wait. Default 5,000. */
    waitTimeoutMs: milliseconds,
    /** Autocommit statements in flight. Default 10,000. */
    maxReadsInFlight: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    /** Default 2,000. */
    connectTimeoutMs: milliseconds,
    /** Pause between attempts to reach a server that is gone; callers fail at once meanwhile. Default 250. */
    coolDownMs: milliseconds,
    /** Default 5,000. */
    statementTimeoutMs: milliseconds,
    /** Default 2,000. */
    lockTimeoutMs: milliseconds,
    /** Default 10,000. */
    idleInTransactionTimeoutMs: milliseconds,
    /** A connection that answers nothing for this long while statements wait is cut. Default 15,000. */
    silenceTimeoutMs: milliseconds,
    /** Texts that are prepared; others run unprepared. Each costs memory in every backend. Default 1,000. */
    maxStatements: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
    /** Runs of a transaction that meets deadlocks or serialisation failures. Default 5. */
    maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  },
  { additionalProperties: false },
)

const Checked = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    schema: Type.Union([identifier, Type.Null()]),
    role: Type.Union([identifier, Type.Null()]),
    limits: Limits,
  },
  { additionalProperties: false },
)

export type DatabaseLimits = Static<typeof Limits>

export interface DatabaseOptions {
  /** For people and metrics: the service's name, with the shard where there are several. */
  readonly name: string
  readonly connection: ConnectionOptions
  /** `search_path` of every session, so that SQL names tables bare. Default: the server's. */
  readonly schema?: string
  /** `SET ROLE` of every session: it can touch nothing of other services. Default: the connecting user. */
  readonly role?: string
  readonly limits?: DatabaseLimits
  readonly clock?: Clock
  readonly logger?: Logger
}

const DEFAULTS = {
  connections: 8,
  readConnections: 2,
  maxWaiting: 1_000,
  waitTimeoutMs: 5_000,
  maxReadsInFlight: 10_000,
  connectTimeoutMs: 2_000,
  coolDownMs: 250,
  statementTimeoutMs: 5_000,
  lockTimeoutMs: 2_000,
  idleInTransactionTimeoutMs: 10_000,
  silenceTimeoutMs: 15_000,
  maxStatements: 1_000,
  maxAttempts: 5,
} satisfies Required<DatabaseLimits>

/**
 * One PostgreSQL database as one service sees it. Connects on first use.
 * @throws `api.INVALID_OPTIONS`
 */
export function createDatabase(options: DatabaseOptions): Database {
  const { name, schema = null, role = null, clock = systemClock } = options
  const limits = {
    ...DEFAULTS,
    ...parseOptions(`database '${name}'`, Checked, { name, schema, role, limits: options.limits ?? {} }).limits,
  }
  const names = createStatementNames(limits.maxStatements)
  const poolOf = (use: SessionSettings['use'], connections: number) => {
    const settings: SessionSettings = {
      ...limits,
      connection: options.connection,
      role,
      schema,
      use,
      applicationName: `banyan ${name}`,
    }
    return createPool({
      ...limits,
      connections,
      database: name,
      clock,
      logger: options.logger ?? null,
      open: ({ onClosed }) => openConnection(settings, { names, clock, onClosed }),
    })
  }
  const writers = poolOf('transaction', limits.connections)
  const readers = poolOf('shared', limits.readConnections)
  const reader = createReader({
    database: name,
    pool: readers,
    connections: limits.readConnections,
    maxInFlight: limits.maxReadsInFlight,
  })

  return {
    name,
    query: reader.query,
    transaction: (work, how) => transact({ pool: writers, database: name, maxAttempts: limits.maxAttempts }, work, how),
    stop,
    [Symbol.asyncDispose]: stop,
  }

  async function stop(): Promise<void> {
    await Promise.all([writers.stop(), reader.stop()])
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
