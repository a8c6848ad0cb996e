import type { ArrayType, ByteWriter } from './array-types.ts'

/** Gives an array in PostgreSQL's binary format; `null`: it has no plain one and must go as text. */
export type ArrayEncoder = (type: ArrayType, items: readonly unknown[]) => Buffer | null

const FIRST_BYTES = 16_384
/** A scratch buffer that one huge array has blown up is not kept. */
const MAX_KEPT_BYTES = 1_048_576
const NO_FLAGS = 0
const HAS_NULLS = 1

/**
 * Encodes into one scratch buffer and copies the result out. Measured against array literals (checkouts, 2026-11-23): a
 * fifth of all garbage was the escaping of quotes in arrays of JSON, and the server had to undo it byte by byte.
 * Format: number of dimensions, has-nulls flag, element type, then length and lower bound of the dimension, then each
 * element behind its length (array_recv in src/backend/utils/adt/arrayfuncs.c).
 */
export function createArrayEncoder(): ArrayEncoder {
  let scratch = Buffer.allocUnsafeSlow(FIRST_BYTES)
  let end = 0
  const writer: ByteWriter = { int16, int32, int64, bigint64, text, bytes }

  return (type, items) => {
    end = 0
    const isWhole = writeArray(type, items)
    const encoded = isWhole ? Buffer.from(scratch.subarray(0, end)) : null
    if (scratch.length > MAX_KEPT_BYTES) scratch = Buffer.allocUnsafeSlow(FIRST_BYTES)
    return encoded
  }

  function writeArray(type: ArrayType, items: readonly unknown[]): boolean {
    int32(items.length === 0 ? 0 : 1)
    int32(NO_FLAGS)
    int32(type.elementOid)
    if (items.length === 0) return true
    int32(items.length)
    int32(1)
    for (const item of items) if (!writeElement(type, item)) return false
    return true
  }

  function writeElement(type: ArrayType, item: unknown): boolean {
    const start = end
    int32(-1)
    if (item === null || item === undefined) {
      scratch.writeInt32BE(HAS_NULLS, 4)
      return true
    }
    if (!type.write(writer, item)) return false
    scratch.writeInt32BE(end - start - 4, start)
    return true
  }

  function int16(value: number): void {
    reserve(2)
    end = scratch.writeInt16BE(value, end)
  }

  function int32(value: number): void {
    reserve(4)
    end = scratch.writeInt32BE(value, end)
  }

  function int64(value: number): void {
    reserve(8)
    end = scratch.writeInt32BE(Math.floor(value / 0x1_0000_0000), end)
    end = scratch.writeUInt32BE(value >>> 0, end)
  }

  function bigint64(value: bigint): void {
    reserve(8)
    end = scratch.writeBigInt64BE(value, end)
  }

  function text(value: string): void {
    reserve(3 * value.length) // the most that UTF-8 needs for a UTF-16 unit
    end += scratch.write(value, end, 'utf8')
  }

  function bytes(value: Uint8Array): void {
    reserve(value.length)
    scratch.set(value, end)
    end += value.length
  }

  function reserve(count: number): void {
    if (end + count <= scratch.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * scratch.length, end + count))
    scratch.copy(larger, 0, 0, end)
    scratch = larger
  }
}
