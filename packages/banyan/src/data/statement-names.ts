import { createHash } from 'node:crypto'

export interface StatementNames {
  /** The name under which a text is prepared; `undefined` once `limit` texts are named: it then runs unprepared. */
  nameOf(sql: string): string | undefined
}

/**
 * Names of prepared statements: a hash of the text, so that they are equal in each process and
 * `pg_prepared_statements` can be compared. Bounded: each name costs memory in every backend.
 */
export function createStatementNames(limit: number): StatementNames {
  const names = new Map<string, string>()
  return {
    nameOf(sql) {
      const known = names.get(sql)
      if (known !== undefined || names.size >= limit) return known
      const name = `b_${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`
      names.set(sql, name)
      return name
    },
  }
}
