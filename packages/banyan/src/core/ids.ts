import type { Random } from './random.ts'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz' // Crockford's base 32: no i, l, o, u
const RANDOM_CHARACTERS = 16 // 80 bits: not guessable

/**
 * An id that carries the user it lives with, so that a router finds its shard without a directory:
 * `ord_42_7zk3…`. The random part holds 80 bits.
 */
export function createOwnedId(prefix: string, userId: string, random: Random): string {
  return `${prefix}_${userId}_${randomText(random)}`
}

/** The user id inside an owned id, or `null` when it is not one with this prefix. */
export function ownerOfId(prefix: string, id: string): string | null {
  const match = OWNED_ID.exec(id)
  return match && match[1] === prefix ? match[2]! : null
}

/** Same owner and random part under another prefix: a payment's id from its order's. */
export function relatedId(prefix: string, id: string): string {
  return prefix + id.slice(id.indexOf('_'))
}

export function randomText(random: Random, characters = RANDOM_CHARACTERS): string {
  const bytes = random.bytes(characters)
  let text = ''
  for (const byte of bytes) text += ALPHABET[byte & 31]
  return text
}

const OWNED_ID = /^([a-z]{2,8})_([1-9]\d{0,18})_[0-9a-hjkmnp-tv-z]{16}$/
