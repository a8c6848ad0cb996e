/** An array that can go in PostgreSQL's binary format: its element type, and how an element is written. */
export interface ArrayType {
  /** Object id of the element type (pg_type.dat); the server checks it. */
  readonly elementOid: number
  /**
   * Appends the element's bytes. False: the value has no plain binary form (a number that is none, an offset in a
   * timestamp), and the whole array goes as text, so that the server judges it as it always did.
   */
  readonly write: (bytes: ByteWriter, value: unknown) => boolean
}

/** Where elements are written; grows by itself. Each method answers true, so that a type's writer can end with it. */
export interface ByteWriter {
  int16(value: number): true
  int32(value: number): true
  int64(value: number): true
  bigint64(value: bigint): true
  text(value: string): true
  bytes(value: Uint8Array): true
}

/** By the name that a cast gives it; `null`: unknown here, sent as text. */
export function toArrayType(name: string): ArrayType | null {
  return TYPES[name] ?? null
}

const MIN_INT32 = -2_147_483_648
const MAX_INT32 = 2_147_483_647

const TYPES: Readonly<Record<string, ArrayType>> = Object.freeze({
  text: { elementOid: 25, write: writeText },
  json: { elementOid: 114, write: writeText },
  bigint: { elementOid: 20, write: writeBigint },
  int: { elementOid: 23, write: (bytes, value) => isWhole(value, MIN_INT32, MAX_INT32) && bytes.int32(value) },
  smallint: { elementOid: 21, write: (bytes, value) => isWhole(value, -32_768, 32_767) && bytes.int16(value) },
  bytea: { elementOid: 17, write: (bytes, value) => value instanceof Uint8Array && bytes.bytes(value) },
  timestamptz: { elementOid: 1184, write: writeTimestamp },
} satisfies Record<string, ArrayType>)

function writeText(bytes: ByteWriter, value: unknown): boolean {
  // Without U+0000, which the server refuses by a clearer name when it comes as text.
  return typeof value === 'string' && !value.includes('\0') && bytes.text(value)
}

function writeBigint(bytes: ByteWriter, value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && bytes.int64(value)
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value && bytes.bigint64(value)
  return typeof value === 'string' && SAFE_DECIMAL.test(value) && bytes.int64(Number(value))
}

// 15 digits are always a safe integer. Longer ones are rare here: they go as text.
const SAFE_DECIMAL = /^-?\d{1,15}$/
const ISO_MILLISECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const POSTGRES_EPOCH_MS = 946_684_800_000

/** Microseconds since 2000. What `toISOString` gives, and nothing else: other forms may carry what a Date would lose. */
function writeTimestamp(bytes: ByteWriter, value: unknown): boolean {
  if (typeof value !== 'string' || !ISO_MILLISECONDS.test(value)) return false
  const microseconds = (Date.parse(value) - POSTGRES_EPOCH_MS) * 1_000
  return Number.isSafeInteger(microseconds) && bytes.int64(microseconds) // until the year 2285
}

function isWhole(value: unknown, minimum: number, maximum: number): value is number {
  return Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
}
