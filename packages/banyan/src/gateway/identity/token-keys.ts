import { createSecretKey, type KeyObject } from 'node:crypto'
import { coreErrors, randomText, type Random } from '../../core/index.ts'

const MIN_KEY_BYTES = 32 // HS256 needs at least the hash's size (RFC 7518, 3.2)
const MAX_KEYS = 8
const KEY_CHARACTERS = 56 // of 5 bits: 280 bits

/** One key of the ring that signs and verifies access tokens. */
export interface TokenKey {
  /** Names the key in a token's header (`kid`): 1–32 of `A–Z a–z 0–9 _ -`. */
  readonly id: string
  readonly secret: KeyObject
}

/**
 * Reads `TOKEN_KEYS`: `id:secret` pairs separated by commas, secrets of at least 32 bytes. The first signs, all
 * verify; to rotate, put a new key first and drop the last after the access tokens' lifetime.
 * @throws `api.INVALID_OPTIONS` naming every fault; never shows a secret.
 */
export function parseTokenKeys(text: string): readonly TokenKey[] {
  const pairs = text.split(',').map((pair) => pair.trim())
  const faults = pairs.flatMap((pair, index) => findFault(pair, index))
  const ids = pairs.map(idOf)
  if (new Set(ids).size < ids.length) faults.push('Two keys have the same id; each needs its own.')
  if (pairs.length > MAX_KEYS) faults.push(`There are ${pairs.length} keys; at most ${MAX_KEYS} are allowed.`)
  if (faults.length > 0) throw coreErrors.INVALID_OPTIONS({ subject: 'TOKEN_KEYS', faults: faults.join(' ') })
  return pairs.map((pair) => ({ id: idOf(pair), secret: createSecretKey(secretOf(pair), 'utf8') }))
}

/** A fresh value for `TOKEN_KEYS`, to be kept in the data folder (or printed for whoever sets up production). */
export function generateTokenKeys(random: Random): string {
  return `${randomText(random, 8)}:${randomText(random, KEY_CHARACTERS)}`
}

function findFault(pair: string, index: number): string[] {
  const place = `Key ${index + 1}`
  if (!ID.test(idOf(pair))) return [`${place} has no id: expected 'id:secret', the id 1–32 of A–Z a–z 0–9 _ -.`]
  const bytes = Buffer.byteLength(secretOf(pair))
  return bytes < MIN_KEY_BYTES ? [`${place} has a secret of ${bytes} bytes; at least ${MIN_KEY_BYTES} are needed.`] : []
}

function idOf(pair: string): string {
  return pair.slice(0, Math.max(0, pair.indexOf(':')))
}

function secretOf(pair: string): string {
  return pair.slice(pair.indexOf(':') + 1)
}

const ID = /^[\w-]{1,32}$/
