import {
  createCursor,
  DEFAULT_PAGE_LIMIT,
  reply,
  toPage,
  type InputOf,
  type OutputOf,
  type Reply,
} from 'banyan/contract'
import type { Session } from 'banyan/data'
import type { users } from '../contract.ts'
import type { ApiKey } from '../schemas.ts'

type Operations = typeof users.operations

export function listApiKeys(database: Session) {
  return async ({ userId, limit = DEFAULT_PAGE_LIMIT, cursor }: InputOf<Operations['listApiKeys']>) => {
    const after = byAge.decode(cursor) ?? BEFORE_ALL
    const [createdAt, id] = after.split(' ')
    const keys = await database.query<ApiKey>(LIST_API_KEYS, [userId, createdAt, id, limit + 1])
    return reply(toPage(keys, limit, (last) => byAge.encode(`${last.createdAt} ${last.id}`)))
  }
}

/** Whose key this is, for the gateway: asked at most once a few seconds for each key. */
export function getApiKeyOwner(database: Session) {
  return async ({
    keyHash,
  }: InputOf<Operations['getApiKeyOwner']>): Promise<Reply<OutputOf<Operations['getApiKeyOwner']>>> => {
    const rows = await database.query<NonNullable<OutputOf<Operations['getApiKeyOwner']>>>(FIND_OWNER, [keyHash])
    return reply(rows[0] ?? null)
  }
}

const byAge = createCursor('api-keys', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z key_[0-9]{1,18}_[0-9a-z]{16}$/)
const BEFORE_ALL = '1970-01-01T00:00:00.000Z key'

const LIST_API_KEYS = `
  SELECT key_id AS id, name, scopes, last_characters AS "lastCharacters",
         to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt"
  FROM api_keys
  WHERE user_id = $1::bigint AND revoked_at IS NULL AND (created_at, key_id) > ($2::timestamptz, $3::text)
  ORDER BY created_at, key_id
  LIMIT $4`

const FIND_OWNER = `
  SELECT key_id AS "keyId", user_id::text AS "userId", role, scopes
  FROM api_keys
  JOIN live_users USING (user_id)
  WHERE key_hash = decode($1, 'hex') AND revoked_at IS NULL`
