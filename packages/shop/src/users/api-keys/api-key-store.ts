import type { Session, Writer } from 'banyan/data'
import type { NewKey, Revocation, StoredApiKey } from './api-key.ts'

export function readApiKeys(tx: Session, userIds: readonly string[]): Promise<StoredApiKey[]> {
  return tx.query<StoredApiKey>(READ_API_KEYS, [userIds])
}

export function insertApiKeys(tx: Writer, keys: readonly NewKey[]): void {
  const rows = keys.map(({ row }) => row)
  const userIds = rows.map(({ userId }) => userId)
  tx.execute(FORGET_API_KEYS, [userIds, rows[0]!.createdAt])
  tx.execute(INSERT_API_KEYS, [
    userIds,
    rows.map(({ id }) => id),
    rows.map(({ name }) => name),
    rows.map(({ scopes }) => scopes.join(' ')),
    keys.map(({ keyHash }) => keyHash),
    rows.map(({ lastCharacters }) => lastCharacters),
    rows.map(({ idempotencyKey }) => idempotencyKey),
    rows.map(({ createdAt }) => createdAt),
  ])
}

interface ApiKeyName {
  readonly userId: string
  readonly keyId: string
}

/** Locks these keys in order and tells which of them are live. */
export async function lockApiKeys(tx: Session, keys: readonly ApiKeyName[]): Promise<Set<string>> {
  const columns = [keys.map(({ userId }) => userId), keys.map(({ keyId }) => keyId)]
  const rows = await tx.query<{ keyId: string }>(LOCK_API_KEYS, columns)
  return new Set(rows.map(({ keyId }) => keyId))
}

export function revokeApiKeys(tx: Writer, revocations: readonly Revocation[]): void {
  tx.execute(REVOKE_API_KEYS, [
    revocations.map(({ userId }) => userId),
    revocations.map(({ keyId }) => keyId),
    revocations.map(({ now }) => now),
  ])
}

const READ_API_KEYS = `
  SELECT user_id::text AS "userId", key_id AS id, name, scopes, last_characters AS "lastCharacters",
         idempotency_key AS "idempotencyKey", revoked_at IS NOT NULL AS "isRevoked",
         to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt"
  FROM api_keys
  WHERE user_id = ANY ($1::bigint[])`

// As long as an idempotency key is remembered elsewhere.
const FORGET_API_KEYS = `
  DELETE FROM api_keys
  WHERE user_id = ANY ($1::bigint[]) AND revoked_at < $2::timestamptz - interval '24 hours'`

// Scopes travel as one text each: arrays of arrays must be rectangular.
const INSERT_API_KEYS = `
  INSERT INTO api_keys
    (user_id, key_id, name, scopes, key_hash, last_characters, idempotency_key, created_at)
  SELECT user_id, key_id, name, string_to_array(scopes, ' '), key_hash, last_characters, idempotency_key, created_at
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::timestamptz[])
    AS key (user_id, key_id, name, scopes, key_hash, last_characters, idempotency_key, created_at)`

const LOCK_API_KEYS = `
  SELECT key_id AS "keyId"
  FROM api_keys
  WHERE (user_id, key_id) IN (SELECT * FROM unnest($1::bigint[], $2::text[])) AND revoked_at IS NULL
  ORDER BY user_id, key_id
  FOR UPDATE`

const REVOKE_API_KEYS = `
  UPDATE api_keys
  SET revoked_at = revocation.at
  FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS revocation (user_id, key_id, at)
  WHERE api_keys.user_id = revocation.user_id AND api_keys.key_id = revocation.key_id`
