/** A row as PostgreSQL gave it. bigint columns arrive as strings unless the query casts them. */
export type Row = Record<string, unknown>

/**
 * A place to run SQL: a transaction, or the pool in autocommit. Statements are prepared and cached by their text.
 * Calls that are not awaited go out in one flush (pipelined) and run in the order of the calls.
 */
export interface Session {
  query<R = Row>(sql: string, values?: readonly unknown[]): Promise<R[]>
}

/**
 * Writes whose rows nobody reads. `execute` returns at once: the statement goes out in the same flush as COMMIT, and
 * a failing one fails the transaction. Being synchronous, nothing can be awaited in between and miss the commit.
 */
export interface Writer {
  execute(sql: string, values?: readonly unknown[]): void
}

/** A session inside a transaction. */
export interface Transaction extends Session, Writer {}

export interface TransactionOptions {
  /** Ends the wait for a connection; a running statement ends by its own timeout. */
  readonly signal?: AbortSignal
  /** `read` transactions see one snapshot (REPEATABLE READ, READ ONLY). Default `write` (READ COMMITTED). */
  readonly mode?: 'write' | 'read'
}

/** One PostgreSQL database as one service sees it: its own schema, role and pools. */
export interface Database extends Session, AsyncDisposable {
  readonly name: string
  /**
   * Runs `work` in one transaction. Rolled back and run again, whole, only on serialisation failure (40001) and
   * deadlock (40P01), at most 5 times; everything else is thrown as it came.
   * @throws `data.UNAVAILABLE` when no connection could be had: nothing was applied.
   * @throws `data.COMMIT_UNKNOWN` when the connection broke while COMMIT was on its way.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>
  stop(): Promise<void>
}

/** A service's data, by shard key. One range for now; stores ask for `shard(userId)` from the start. */
export interface Shards extends AsyncDisposable {
  shard(key: string): Database
  /** The database of tables that are not sharded (directories). */
  readonly root: Database
  all(): readonly Database[]
  stop(): Promise<void>
}
