/** A PostgreSQL error report, as `pg` throws it. */
interface ServerError {
  readonly code: string
  readonly severity?: string
}

/** Serialisation failure and deadlock: the whole transaction may run again. */
export function isRetriable(error: unknown): boolean {
  return isServerError(error) && (error.code === '40001' || error.code === '40P01')
}

/**
 * True when the session is gone: the socket broke, or the server said good-bye (shutdown, crash,
 * `pg_terminate_backend`, idle in transaction for too long). By code first: `severity` is in the server's language.
 */
export function isConnectionLoss(error: unknown): boolean {
  if (!isServerError(error)) return isSocketError(error)
  return GOOD_BYES.has(error.code) || error.severity === 'FATAL' || error.severity === 'PANIC'
}

// https://www.postgresql.org/docs/18/errcodes-appendix.html
const GOOD_BYES = new Set(['08003', '08006', '25P03', '25P04', '57P01', '57P02', '57P03', '57P04', '57P05'])

/** The connection's prepared statements no longer fit the schema: a fresh connection cures it. */
export function isStalePlan(error: unknown): boolean {
  return isServerError(error) && (error.code === '26000' || error.code === '0A000')
}

/** A cancel that hits COMMIT may come after it took effect. */
export function isCancelled(error: unknown): boolean {
  return isServerError(error) && error.code === '57014'
}

export function isTooManyConnections(error: unknown): boolean {
  return isServerError(error) && error.code === '53300'
}

/** An earlier statement of the transaction had failed: says nothing about why. */
export function isAborted(error: unknown): boolean {
  return isServerError(error) && error.code === '25P02'
}

/** No disk space, memory or connections left (class 53): nothing is wrong with the statement. */
export function isServerExhausted(error: unknown): boolean {
  return isServerError(error) && error.code.startsWith('53')
}

const SQLSTATE = /^[0-9A-Z]{5}$/

function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'severity' in error && 'code' in error && SQLSTATE.test(String(error.code))
}

function isSocketError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return 'syscall' in error || LOST.test(error.message)
}

// pg gives these no code (8.23: lib/client.js).
const LOST =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout expired|Query read timeout)/
