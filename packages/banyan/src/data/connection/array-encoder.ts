import type { ArrayType } from './array-types.ts'
import { Scratch } from './scratch.ts'

/** Gives an array in PostgreSQL's binary format; `null`: it has no plain one and must go as text. */
export type ArrayEncoder = (type: ArrayType, items: readonly unknown[]) => Buffer | null

const FLAGS_OFFSET = 4
const NO_FLAGS = 0
const HAS_NULLS = 1
const NULL_LENGTH = -1

/**
 * Encodes into one scratch buffer and copies the result out. Measured against array literals (checkouts, 2026-11-23): a
 * fifth of all garbage was the escaping of quotes in arrays of JSON, and the server had to undo it byte by byte.
 * Format: number of dimensions, has-nulls flag, element type, then length and lower bound of the dimension, then each
 * element behind its length (array_recv in src/backend/utils/adt/arrayfuncs.c).
 */
export function createArrayEncoder(): ArrayEncoder {
  const scratch = new Scratch()
  return (type, items) => {
    scratch.clear()
    scratch.int32(items.length === 0 ? 0 : 1)
    scratch.int32(NO_FLAGS)
    scratch.int32(type.elementOid)
    return items.length === 0 || writeItems(scratch, type, items) ? scratch.copy() : null
  }
}

function writeItems(scratch: Scratch, type: ArrayType, items: readonly unknown[]): boolean {
  scratch.int32(items.length)
  scratch.int32(1)
  // By index: an iterator's results over arrays of all kinds were 4 % of a checkout's garbage.
  for (let index = 0; index < items.length; index++) if (!writeItem(scratch, type, items[index])) return false
  return true
}

function writeItem(scratch: Scratch, type: ArrayType, item: unknown): boolean {
  const start = scratch.length
  scratch.int32(NULL_LENGTH)
  if (item === null || item === undefined) {
    scratch.int32At(FLAGS_OFFSET, HAS_NULLS)
    return true
  }
  if (!type.write(scratch, item)) return false
  scratch.int32At(start, scratch.length - start - 4)
  return true
}
