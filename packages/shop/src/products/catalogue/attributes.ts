import type { BanyanError } from 'banyan/core'
import { productErrors } from '../errors.ts'

export interface AttributeLimits {
  /** Levels of nesting, the document itself included. */
  readonly maxDepth: number
  /** Keys of all objects and entries of all lists together. */
  readonly maxEntries: number
  /** UTF-8 bytes of the document as JSON. */
  readonly maxBytes: number
  /** Characters of one key. */
  readonly maxKeyCharacters: number
  /** Absolute value of a number; PostgreSQL writes numbers out in full, so 1e300 would answer with 300 digits. */
  readonly maxNumber: number
  /** Least absolute value of a number that is not 0, for the same reason. */
  readonly minNumber: number
}

const DEFAULT_LIMITS: AttributeLimits = {
  maxDepth: 5,
  maxEntries: 100,
  maxBytes: 16_384,
  maxKeyCharacters: 64,
  maxNumber: 1e15,
  minNumber: 1e-9,
}

/** The first thing about a free document that makes it too dear to store, index or send, or `null`. */
export function attributesFault(document: unknown, limits: AttributeLimits = DEFAULT_LIMITS): BanyanError | null {
  const fault = valueFault(document, { pointer: '', depth: 1, limits, counter: { entries: 0 } })
  if (fault) return fault
  const bytes = Buffer.byteLength(JSON.stringify(document))
  return bytes > limits.maxBytes ? describe('', `take ${bytes} bytes`, `at most ${limits.maxBytes}`) : null
}

interface Place {
  readonly pointer: string
  readonly depth: number
  readonly limits: AttributeLimits
  readonly counter: { entries: number }
}

function valueFault(value: unknown, place: Place): BanyanError | null {
  if (typeof value === 'number') return numberFault(value, place)
  if (typeof value !== 'object' || value === null) return null
  const { pointer, depth, limits } = place
  if (depth > limits.maxDepth) return describe(pointer, `are ${depth} levels deep`, `at most ${limits.maxDepth}`)
  for (const [key, child] of Object.entries(value)) {
    const fault =
      keyFault(key, place) ??
      valueFault(child, { ...place, pointer: `${pointer}/${escapePointer(key)}`, depth: depth + 1 })
    if (fault) return fault
  }
  return null
}

function keyFault(key: string, { pointer, limits, counter }: Place): BanyanError | null {
  if (++counter.entries > limits.maxEntries) {
    return describe(
      pointer,
      'go on after the last entry that is allowed',
      `at most ${limits.maxEntries} entries in all`,
    )
  }
  return key.length > limits.maxKeyCharacters
    ? describe(pointer, `have a key of ${key.length} characters`, `at most ${limits.maxKeyCharacters}`)
    : null
}

function numberFault(value: number, { pointer, limits }: Place): BanyanError | null {
  const size = Math.abs(value)
  if (size === 0 || (size >= limits.minNumber && size <= limits.maxNumber)) return null
  return describe(pointer, `are the number ${value}`, `0, or a size from ${limits.minNumber} to ${limits.maxNumber}`)
}

function describe(pointer: string, fact: string, allowed: string): BanyanError {
  return productErrors.INVALID_ATTRIBUTES({ pointer: `/attributes${pointer}`, fact, allowed })
}

/** RFC 6901 */
function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
