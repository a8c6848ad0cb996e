import { Email, Timestamp, UserId, Type } from 'banyan/contract'
import type { Static } from 'typebox'

export const Role = Type.Union([Type.Literal('customer'), Type.Literal('admin')], {
  description: 'What a user may do beyond the own resources.',
})
export type Role = Static<typeof Role>

/** 1–100 characters, at least one of them visible, none of them a control character. */
export const Name = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^[^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$',
  description: 'A name of 1–100 characters, not only spaces.',
  examples: ['Ada Lovelace'],
})

/** The upper bound keeps anybody from making the hash work on megabytes. */
export const NewPassword = Type.String({
  minLength: 8,
  maxLength: 200,
  description: 'A password of 8–200 characters.',
  examples: ['correct horse battery staple'],
})

/** A password to be compared: bounds of new ones may change, so the lower is left out. */
export const GivenPassword = Type.String({ minLength: 1, maxLength: 200, examples: ['correct horse battery staple'] })

export const User = Type.Object(
  { id: UserId, name: Name, email: Email, role: Role, createdAt: Timestamp, updatedAt: Timestamp },
  { title: 'User' },
)
export type User = Static<typeof User>

export const SessionId = Type.String({
  pattern: '^ses_[1-9][0-9]{0,17}_[0-9a-hjkmnp-tv-z]{16}$',
  description: 'A session id.',
})

/** What a log-in and a refresh answer. The refresh token can be used once. */
export const Tokens = Type.Object(
  {
    accessToken: Type.String({ description: 'Goes into the Authorization header, after `Bearer `.' }),
    refreshToken: Type.String({ description: 'Buys the next pair, once, within 30 days.' }),
    expiresAt: Timestamp,
    user: User,
  },
  { title: 'Tokens' },
)
export type Tokens = Static<typeof Tokens>

/** What an API key may do: read or write with one service. Never more than its user's role may. */
export const Scope = Type.Union(
  [
    Type.Literal('users:read'),
    Type.Literal('users:write'),
    Type.Literal('products:read'),
    Type.Literal('products:write'),
    Type.Literal('orders:read'),
    Type.Literal('orders:write'),
    Type.Literal('payments:read'),
    Type.Literal('payments:write'),
  ],
  { description: 'What an API key may do.' },
)
export type Scope = Static<typeof Scope>

export const ApiKeyId = Type.String({
  pattern: '^key_[1-9][0-9]{0,17}_[0-9a-hjkmnp-tv-z]{16}$',
  description: 'A public id of an API key.',
  examples: ['key_42_7zk3m9q2x8c4v6b1'],
})

const apiKeyFields = {
  id: ApiKeyId,
  name: Name,
  scopes: Type.Array(Scope),
  lastCharacters: Type.String({ description: 'The last characters of the key, to tell keys apart.' }),
  createdAt: Timestamp,
}

export const ApiKey = Type.Object(apiKeyFields, { title: 'ApiKey' })
export type ApiKey = Static<typeof ApiKey>

export const NewApiKey = Type.Object(
  { ...apiKeyFields, key: Type.String({ description: 'The key itself. It is shown in this answer only.' }) },
  { title: 'NewApiKey' },
)
export type NewApiKey = Static<typeof NewApiKey>
