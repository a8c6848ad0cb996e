import { createHmac, hash, type KeyObject } from 'node:crypto'
import { pathParameters, principalId, type HttpBinding, type Principal } from '../contract/index.ts'

/** Who used the key for what: keys of different callers, operations or resources never meet. */
export function scopeOf({ id, http }: Scoped, input: unknown, principal: Principal): string {
  const fields = input as Record<string, unknown>
  const parameters = pathParameters(http?.path ?? '').map((name) => `${name}=${String(fields[name])}`)
  return [principalId(principal), id, ...parameters].join(' ')
}

interface Scoped {
  readonly id: string
  readonly http: HttpBinding | null
}

/**
 * HMAC-SHA-256 of the input's canonical JSON, so that a reader of the key table can neither see nor guess it.
 * A KeyObject, because a raw key is made into one at each call: 80 µs against 20 (two cores at full load, 2026-11-23).
 */
export function fingerprintOf(secret: KeyObject, canonical: string): Buffer {
  return createHmac('sha256', secret).update(canonical).digest()
}

/** A signed 64-bit number for PostgreSQL's advisory locks, as decimal text. */
export function lockNumber(text: string): string {
  return hash('sha256', text, 'buffer').readBigInt64BE(0).toString()
}

/** Property order does not matter: clients re-serialise a retry as they like. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isPlainObject(part) ? sortKeys(part) : part))
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sortKeys(value: Record<string, unknown>): Record<string, unknown> {
  const sorted: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort()) sorted[key] = value[key]
  return sorted
}
