import { createHmac } from 'node:crypto'
import { createApiKey } from 'banyan/gateway'
import type { ApiKey, Scope } from '../schemas.ts'

/** An API key as it is stored: never the key itself. */
export interface StoredApiKey {
  readonly userId: string
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly lastCharacters: string
  /** Of the command that made it, so that its repeat finds it. */
  readonly idempotencyKey: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly isRevoked: boolean
}

/** A key to be stored. */
export interface NewKey {
  readonly row: StoredApiKey
  readonly keyHash: Buffer
}

/** A key to be revoked. */
export interface Revocation {
  readonly userId: string
  readonly keyId: string
  /** ISO 8601. */
  readonly now: string
}

export interface DerivedKey {
  readonly key: string
  /** SHA-256 of the key. */
  readonly keyHash: Buffer
  readonly lastCharacters: string
}

/** The key that belongs to an API key's public id. */
export type KeyDerivation = (keyId: string) => DerivedKey

/**
 * Derives keys from their public ids with a server secret: a creation repeated with its Idempotency-Key can show the
 * key again although it was never stored. The id alone is no help to anybody: 200 bits come from HMAC-SHA-512.
 */
export function createKeyDerivation(secret: Buffer): KeyDerivation {
  return (keyId) => {
    const digest = createHmac('sha512', secret).update(keyId).digest()
    const { key, keyHash } = createApiKey({ bytes: (count) => digest.subarray(0, count), unit: () => 0 })
    return { key, keyHash: Buffer.from(keyHash, 'hex'), lastCharacters: key.slice(-SHOWN_CHARACTERS) }
  }
}

const SHOWN_CHARACTERS = 4

export function toApiKey({ id, name, scopes, lastCharacters, createdAt }: StoredApiKey): ApiKey {
  return { id, name, scopes: [...scopes], lastCharacters, createdAt }
}
