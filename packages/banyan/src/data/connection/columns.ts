import pg from 'pg'
import type { Row } from '../database.ts'

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

const { DATE, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins
const keepText = (text: string) => text

/** `date` and `timestamp` stay text: as a JS Date they would shift by the machine's time zone. */
function parserOf(type: number): (text: string) => unknown {
  if (type === TIMESTAMPTZ) return toDate
  return type === DATE || type === TIMESTAMP ? keepText : pg.types.getTypeParser(type, 'text')
}

const parseAnyTimestamptz = pg.types.getTypeParser(TIMESTAMPTZ, 'text') as (text: string) => Date

/**
 * What a session in UTC sends, `2026-11-30 06:22:11.123456+00`, read by place: 0.11 µs where matching takes 0.43, and no garbage
 * (2026-11-30). Microseconds are cut off.
 */
function toDate(text: string): Date {
  const isPlain = text[10] === ' ' && text.endsWith('+00') && text >= '0100' // else infinity, a far year, or one that Date.UTC takes for 19xx
  if (!isPlain) return parseAnyTimestamptz(text)
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2)
  const day = Date.UTC(year, twoDigits(text, 5) - 1, twoDigits(text, 8))
  const seconds = 3_600 * twoDigits(text, 11) + 60 * twoDigits(text, 14) + twoDigits(text, 17)
  let ms = 0
  for (let at = 20, unit = 100; at < text.length - 3 && unit >= 1; at++, unit /= 10) ms += unit * digit(text, at)
  return new Date(day + 1_000 * seconds + ms)
}

function twoDigits(text: string, at: number): number {
  return 10 * digit(text, at) + digit(text, at + 1)
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48
}
