import type { Static } from 'typebox'
import { Type } from '../core/index.ts'

const milliseconds = Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000 }))

/** Every bound of a database, each with a default. */
export const DatabaseLimitsSchema = Type.Object(
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

export type DatabaseLimits = Static<typeof DatabaseLimitsSchema>

export const DEFAULT_LIMITS: Required<DatabaseLimits> = Object.freeze({
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
})
