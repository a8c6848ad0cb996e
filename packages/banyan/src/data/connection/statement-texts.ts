import { createHash } from 'node:crypto'
import { type ArrayType, toArrayType } from './array-types.ts'

/** What is known of a statement from its text alone. */
export interface StatementText {
  /** The name under which it is prepared; `undefined`: it runs unprepared. */
  readonly name: string | undefined
  /** By parameter: the array that the text casts it to (`$1::bigint[]`); `null`: none, or one that goes as text. */
  readonly arrays: readonly (ArrayType | null)[]
}

export interface StatementTexts {
  /** Once `limit` texts are known, others run unprepared. */
  find(sql: string): StatementText
}

/**
 * Names are a hash of the text, so that they are equal in each process and `pg_prepared_statements` can be compared.
 * Bounded: each name costs memory in every backend.
 */
export function createStatementTexts(limit: number): StatementTexts {
  const texts = new Map<string, StatementText>()
  return {
    find(sql) {
      const known = texts.get(sql)
      if (known !== undefined) return known
      if (texts.size >= limit) return UNKNOWN
      const name = `b_${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`
      const text = { name, arrays: arraysOf(sql) }
      texts.set(sql, text)
      return text
    },
  }
}

const UNKNOWN: StatementText = { name: undefined, arrays: [] }

function arraysOf(sql: string): readonly (ArrayType | null)[] {
  const arrays: (ArrayType | null)[] = []
  for (const [, number, type] of sql.matchAll(/\$(\d+)::(\w+)\[\]/g)) arrays[Number(number) - 1] = toArrayType(type!)
  return Array.from(arrays, (array) => array ?? null)
}
