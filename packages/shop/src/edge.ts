import { createClient } from 'banyan/contract'
import { createTokenAuthenticator, type AttemptLimit, type Authenticator } from 'banyan/gateway'
import type { EdgeTools } from 'banyan/runtime'
import { users } from './users/contract.ts'

/** Who asks, by what the users service says of tokens and API keys. */
export function createAuthenticator({ wire, tokenKeys, clock, random }: EdgeTools): Authenticator {
  const client = createClient(users, wire, { clock, random, principal: { kind: 'service', name: 'gateway' } })
  return createTokenAuthenticator({
    keys: tokenKeys,
    clock,
    standing: (claims) => client.getStanding(claims),
    apiKeys: (keyHash) => client.getApiKeyOwner({ keyHash }),
  })
}

/** Guessing passwords: 20 wrong a minute per account and address, 200 per address; an account alone is slowed, never locked. */
export const attemptLimits: readonly AttemptLimit[] = [
  {
    operation: 'users.createSession',
    failures: ['users.BAD_CREDENTIALS'],
    refused: [
      {
        what: 'failed log-ins a minute for this account from this address',
        keyOf: ({ email }, address) => `${normalise(email)} ${address}`,
        limit: 20,
        windowMs: 60_000,
      },
      {
        what: 'failed log-ins a minute from this address',
        keyOf: (_, address) => address,
        limit: 200,
        windowMs: 60_000,
      },
    ],
    slowed: [
      {
        what: 'failed log-ins a minute for this account',
        keyOf: ({ email }) => normalise(email),
        limit: 100,
        windowMs: 60_000,
        delayMs: 1_000,
      },
    ],
  },
  // Whoever holds a stolen access token must not find out the password that would make the account theirs.
  {
    operation: 'users.changePassword',
    failures: ['users.BAD_CREDENTIALS'],
    refused: [
      {
        what: 'wrong passwords a minute for this account',
        keyOf: ({ userId }) => String(userId),
        limit: 10,
        windowMs: 60_000,
      },
    ],
    slowed: [],
  },
]

function normalise(email: unknown): string {
  return String(email).trim().toLowerCase()
}
