import { createArrayEncoder } from './array-encoder.ts'
import type { ArrayType } from './array-types.ts'

/** A parameter as the wire carries it: text, bytes or NULL. */
export type Parameter = string | Buffer | null

/** The parameters of a statement, by the arrays that its text names. @throws when a value cannot be made a parameter */
export type ParameterEncoder = (values: readonly unknown[], arrays: readonly (ArrayType | null)[]) => Parameter[]

export function createParameterEncoder(): ParameterEncoder {
  const encodeArray = createArrayEncoder()
  return (values, arrays) =>
    values.map((value, index) => {
      const type = arrays[index]
      return (type && Array.isArray(value) ? encodeArray(type, value) : null) ?? toParameter(value)
    })
}

/**
 * Arrays become PostgreSQL arrays (for `unnest($1::text[])`), other objects JSON, dates ISO 8601 in UTC.
 * So an array meant for a jsonb parameter has to be handed over as JSON text.
 */
function toParameter(value: unknown): Parameter {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return null
  if (typeof value !== 'object') return String(value)
  if (ArrayBuffer.isView(value)) return toBuffer(value)
  if (value instanceof Date) return value.toISOString()
  return Array.isArray(value) ? toArrayLiteral(value) : JSON.stringify(value)
}

function toBuffer(view: ArrayBufferView): Buffer {
  return Buffer.isBuffer(view) ? view : Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}

function toArrayLiteral(items: readonly unknown[]): string {
  let text = '{'
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + toElement(items[i])
  return `${text}}`
}

const SPECIAL = /["\\]/

function toElement(item: unknown): string {
  if (typeof item === 'number' || typeof item === 'bigint' || typeof item === 'boolean') return String(item)
  if (Array.isArray(item)) return toArrayLiteral(item)
  const value = toParameter(item)
  if (value === null) return 'NULL'
  if (typeof value !== 'string') return `"\\\\x${value.toString('hex')}"`
  return `"${SPECIAL.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`
}
