import pg from 'pg'
import type { Row } from './database.ts'

/** The shape of a statement's rows, learnt once per prepared statement. */
export interface Columns {
  toRow(fields: readonly (string | null)[]): Row
}

export interface Field {
  readonly name: string
  readonly dataTypeID: number
}

export const NO_COLUMNS: Columns = { toRow: () => ({}) }

export function createColumns(fields: readonly Field[]): Columns {
  const names = fields.map((field) => field.name)
  const parsers = fields.map((field) => parserOf(field.dataTypeID))
  const empty = Object.fromEntries(names.map((name) => [name, null]))
  return {
    toRow(values) {
      const row: Row = { ...empty }
      for (let i = 0; i < values.length; i++) {
        const text = values[i]
        if (typeof text === 'string') row[names[i]!] = parsers[i]!(text)
      }
      return row
    },
  }
}

const { DATE, TIMESTAMP } = pg.types.builtins
const keepText = (text: string) => text

/** `date` and `timestamp` stay text: as a JS Date they would shift by the machine's time zone. */
function parserOf(type: number): (text: string) => unknown {
  return type === DATE || type === TIMESTAMP ? keepText : pg.types.getTypeParser(type, 'text')
}
