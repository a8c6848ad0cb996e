import type { Connection } from './connection/connection.ts'
import { dataErrors } from './data-errors.ts'
import type { Transaction } from './database.ts'
import type { Answer } from './connection/exchange.ts'
import { WHOLE_TABLE_PLANS } from './connection/session-settings.ts'
import { isAborted, isCancelled, isConnectionLoss, isRetriable, isServerExhausted } from './failures.ts'

export type TransactionMode = 'write' | 'read'

/** A read sees one snapshot and may look at whole tables; a write reaches its rows by key. */
const BEGIN: Record<TransactionMode, readonly string[]> = {
  write: ['BEGIN'],
  read: ['BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', WHOLE_TABLE_PLANS],
}

/** The first fault of a transaction decides what is thrown; those behind it only say that it had failed. */
export class TransactionFailure extends Error {
  /** The server's or the socket's error, or what `work` threw. */
  readonly fault: unknown
  constructor(fault: unknown) {
    super('transaction failed', { cause: fault })
    this.fault = fault
  }
}

/**
 * Runs `work` between BEGIN and COMMIT on a connection that the caller lends.
 * BEGIN leaves with the first statement; statements that `work` did not await leave with COMMIT, in one flush.
 * @throws TransactionFailure: rolled back. @throws `data.UNAVAILABLE`, `data.COMMIT_UNKNOWN`
 */
export async function runTransaction<T>(
  connection: Connection,
  work: (tx: Transaction) => Promise<T>,
  options: { readonly database: string; readonly mode: TransactionMode },
): Promise<T> {
  const { database, mode } = options
  const scope = openScope(connection, BEGIN[mode])
  let result: T
  try {
    result = await work(scope.session)
  } catch (error) {
    scope.close()
    await scope.rollback()
    throw toFailure(decisive(error, scope.firstFault), database)
  }
  scope.close()
  if (!scope.begun) return result
  await commit(connection, scope, options)
  return result
}

interface Scope {
  readonly session: Transaction
  readonly begun: boolean
  /** The first statement's fault, also when `work` caught it: the server has aborted the transaction by then. */
  readonly firstFault: unknown
  /** From here on `session` refuses. */
  close(): void
  /** Resolves when every statement has an answer, good or bad. */
  settled(): Promise<void>
  rollback(): Promise<void>
}

function openScope(connection: Connection, begin: readonly string[]): Scope {
  const pending = new Set<Promise<unknown>>()
  let begun = false
  let closed = false
  let firstFault: unknown = null

  return {
    session: { query, execute },
    get begun() {
      return begun
    },
    get firstFault() {
      return firstFault
    },
    close: () => void (closed = true),
    settled,
    rollback,
  }

  function query<R>(sql: string, values?: readonly unknown[]): Promise<R[]> {
    if (closed) return Promise.reject(dataErrors.TRANSACTION_OVER())
    const rows = send<R>(sql, values).then((answer) => answer.rows)
    track(rows)
    return rows
  }

  function execute(sql: string, values?: readonly unknown[]): void {
    if (closed) throw dataErrors.TRANSACTION_OVER()
    track(send(sql, values))
  }

  function send<R>(sql: string, values?: readonly unknown[]): Promise<Answer<R>> {
    if (!begun) for (const statement of begin) track(connection.run(statement))
    begun = true
    try {
      return connection.run<R>(sql, values)
    } catch (error) {
      // Never sent, so the server would commit the rest: known here before COMMIT can leave.
      firstFault ??= error
      return Promise.reject(error)
    }
  }

  /** Keeps the first fault, and whoever does not await a statement causes no unhandled rejection. */
  function track(statement: Promise<unknown>): void {
    const done: Promise<void> = statement
      .catch((error: unknown) => void (firstFault ??= error))
      .then(() => void pending.delete(done))
    pending.add(done)
  }

  async function settled(): Promise<void> {
    await Promise.all(pending)
  }

  async function rollback(): Promise<void> {
    if (!begun || !connection.alive) return settled()
    track(connection.run('ROLLBACK'))
    await settled()
  }
}

async function commit(
  connection: Connection,
  scope: Scope,
  options: { readonly database: string; readonly mode: TransactionMode },
): Promise<void> {
  const { database, mode } = options
  // Known already: nothing has to be asked of the server.
  if (scope.firstFault !== null || !connection.alive) {
    await scope.rollback()
    throw connection.alive
      ? toFailure(scope.firstFault, database)
      : dataErrors.UNAVAILABLE({ database }, { cause: scope.firstFault })
  }
  let fault: unknown = null
  try {
    const answer = await connection.run('COMMIT')
    if (answer.command === 'COMMIT') return
  } catch (error) {
    fault = error
  }
  await scope.settled()
  // A statement that the server refused before the connection broke: COMMIT could only roll back.
  const wasAborted = scope.firstFault !== null && !isConnectionLoss(scope.firstFault)
  const isUnknown = mode === 'write' && !wasAborted && (isConnectionLoss(fault) || isCancelled(fault))
  if (isUnknown) throw dataErrors.COMMIT_UNKNOWN({ database }, { cause: fault })
  // The server skipped a COMMIT that shared a flush with the fault. Not asked of the connection, which learns the state only
  // with the server's next ReadyForQuery: that may come in a later packet than the fault. Outside a transaction it is harmless.
  await scope.rollback()
  throw toFailure(scope.firstFault ?? fault, database)
}

/** What `work` threw, unless a statement's fault explains it: one that decides about a retry, or one that only said "aborted". */
function decisive(thrown: unknown, firstFault: unknown): unknown {
  const explains = isRetriable(firstFault) || isConnectionLoss(firstFault) || isServerExhausted(firstFault)
  return firstFault !== null && (explains || isAborted(thrown)) ? firstFault : thrown
}

function toFailure(fault: unknown, database: string): Error {
  if (isConnectionLoss(fault)) return dataErrors.UNAVAILABLE({ database }, { cause: fault })
  if (isServerExhausted(fault)) return dataErrors.SERVER_EXHAUSTED({ database }, { cause: fault })
  return new TransactionFailure(fault)
}
