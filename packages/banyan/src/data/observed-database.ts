import type { Clock } from '../core/index.ts'
import { dependencySeries, type Metrics, type RedSeries } from '../observe/index.ts'
import type { Database } from './database.ts'

export interface ObserveDatabaseOptions {
  readonly metrics: Metrics
  readonly clock: Clock
}

/**
 * Counts and times what a service asks of its database: statements in autocommit as `query`, transactions from the wait for a
 * connection to the answer to COMMIT, repeats after a deadlock and the service's own part included.
 */
export function observeDatabase(database: Database, { metrics, clock }: ObserveDatabaseOptions): Database {
  const series = (operation: string) => dependencySeries(metrics, { kind: 'database', name: database.name }, operation)
  const queries = series('query')
  const transactions = series('transaction')

  function timed<Answer>(red: RedSeries, work: () => Promise<Answer>): Promise<Answer> {
    const startMs = clock.monotonicMs()
    return work().then(
      (answer) => {
        red.ok(clock.monotonicMs() - startMs)
        return answer
      },
      (error: unknown) => {
        red.failed(error, clock.monotonicMs() - startMs)
        throw error
      },
    )
  }

  return {
    ...database,
    query: (sql, values) => timed(queries, () => database.query(sql, values)),
    transaction: (work, how) => timed(transactions, () => database.transaction(work, how)),
  }
}
