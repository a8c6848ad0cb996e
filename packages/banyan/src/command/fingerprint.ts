import { createHash, createHmac } from 'node:crypto'
import { principalId, type Call, type Operation } from '../contract/index.ts'

/** Who used the key for what: keys of different callers, operations or resources never meet. */
export function scopeOf(operationId: string, operation: Operation, input: object, call: Call): string {
  const parameters = pathParameters(operation).map(
    (name) => `${name}=${String((input as Record<string, unknown>)[name])}`,
  )
  return [principalId(call.principal), operationId, ...parameters].join(' ')
}

/**
 * HMAC-SHA-256 of the input's canonical JSON, so that a reader of the key table can neither see nor guess it.
 */
export function fingerprintOf(secret: Buffer, canonical: string): Buffer {
  return createHmac('sha256', secret).update(canonical).digest()
}

/** A signed 64-bit number for PostgreSQL's advisory locks, as decimal text. */
export function lockNumber(text: string): string {
  return createHash('sha256').update(text).digest().readBigInt64BE(0).toString()
}

/** Property order does not matter: clients re-serialise a retry as they like. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isPlainObject(part) ? sortKeys(part) : part))
}

function pathParameters(operation: Operation): readonly string[] {
  return operation.http?.path.match(/(?<=:)\w+/g) ?? []
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sortKeys(value: Record<string, unknown>): Record<string, unknown> {
  const sorted: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort()) sorted[key] = value[key]
  return sorted
}
