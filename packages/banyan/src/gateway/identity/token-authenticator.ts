import type { IncomingHttpHeaders } from 'node:http'
import { anonymous, type Principal } from '../../contract/index.ts'
import { coreErrors, type Clock } from '../../core/index.ts'
import { hashApiKey, isApiKey } from './api-keys.ts'
import type { AccessClaims, ApiKeyLookup, Authenticator, Identity, StandingLookup } from './authenticator.ts'
import type { TokenKey } from './token-keys.ts'
import { createRecent } from '../limits/recent.ts'
import { createTokens, type VerifiedToken } from './tokens.ts'

export interface TokenAuthenticatorOptions {
  readonly keys: readonly TokenKey[]
  readonly standing: StandingLookup
  readonly apiKeys: ApiKeyLookup
  readonly clock: Clock
  /** How long what the users service said is believed, milliseconds. Default 3,000, at most 5,000. */
  readonly cacheMs?: number
  /** Tokens and API keys remembered, each. Default 20,000; the least recently used is forgotten first. */
  readonly maxRemembered?: number
}

/** What is remembered of one credential. An identity of `null` is remembered too: a revoked key asks nobody. */
interface Remembered {
  readonly identity: Identity | null
  readonly freshUntilMs: number
}

interface RememberedToken extends VerifiedToken {
  identity: Identity | null
  freshUntilMs: number
}

export const anonymousIdentity: Identity = Object.freeze({ principal: anonymous, client: null })

/**
 * Access tokens (`Authorization: Bearer …`) and API keys (`Authorization: Bearer bk_…` or `X-Api-Key`). A token's signature is
 * verified once and then remembered; whether its session still stands is asked anew every `cacheMs`.
 * @throws `api.INVALID_OPTIONS` for a `cacheMs` beyond what is promised.
 */
export function createTokenAuthenticator(options: TokenAuthenticatorOptions): Authenticator {
  const { clock, cacheMs = 3_000, maxRemembered = 20_000 } = options
  if (!(cacheMs >= 0 && cacheMs <= MAX_CACHE_MS)) throw refuseCacheMs(cacheMs)
  const tokens = createTokens({ keys: options.keys, clock })
  const verified = createRecent<RememberedToken>(maxRemembered)
  const apiKeys = createRecent<Remembered>(maxRemembered)
  // One look-up per credential at a time: a burst after `cacheMs` asks once.
  const running = new Map<string, Promise<Identity>>()

  function authenticateToken(token: string): Identity | Promise<Identity> {
    const known = verified.get(token)
    if (!known) return joinRunning(token, () => admitToken(token))
    if (known.expiresAtMs <= clock.now()) throw coreErrors.UNAUTHENTICATED()
    if (known.freshUntilMs > clock.monotonicMs()) return requireIdentity(known.identity)
    return joinRunning(token, () => refreshStanding(known))
  }

  async function admitToken(token: string): Promise<Identity> {
    const known = { ...(await tokens.verifyAccessToken(token)), identity: null, freshUntilMs: 0 }
    verified.set(token, known)
    return refreshStanding(known)
  }

  async function refreshStanding(known: RememberedToken): Promise<Identity> {
    const freshUntilMs = clock.monotonicMs() + cacheMs // counted from the question, not from the answer
    const standing = await askUsers(() => options.standing(toAccessClaims(known)))
    known.identity = standing && toIdentity(known, standing.role)
    known.freshUntilMs = freshUntilMs
    return requireIdentity(known.identity)
  }

  function authenticateApiKey(key: string): Identity | Promise<Identity> {
    if (!isApiKey(key)) throw coreErrors.UNAUTHENTICATED()
    const keyHash = hashApiKey(key)
    const known = apiKeys.get(keyHash)
    if (known && known.freshUntilMs > clock.monotonicMs()) return requireIdentity(known.identity)
    return joinRunning(keyHash, () => findApiKey(keyHash))
  }

  async function findApiKey(keyHash: string): Promise<Identity> {
    const freshUntilMs = clock.monotonicMs() + cacheMs
    const owner = await askUsers(() => options.apiKeys(keyHash))
    const identity = owner && {
      principal: userPrincipal({ id: owner.userId, role: owner.role, scopes: owner.scopes }),
      client: `api-key:${owner.keyId}`,
    }
    apiKeys.set(keyHash, { identity, freshUntilMs })
    return requireIdentity(identity)
  }

  function joinRunning(credential: string, work: () => Promise<Identity>): Promise<Identity> {
    const twin = running.get(credential)
    if (twin) return twin
    const promise = work().finally(() => running.delete(credential))
    running.set(credential, promise)
    return promise
  }

  return {
    authenticate(headers: IncomingHttpHeaders) {
      const { authorization } = headers
      const apiKey = headers['x-api-key']
      if (apiKey !== undefined) return authenticateApiKey(soleCredential(apiKey, authorization))
      if (authorization === undefined) return anonymousIdentity
      const credential = readBearer(authorization)
      return credential.startsWith('bk_') ? authenticateApiKey(credential) : authenticateToken(credential)
    },
  }
}

const MAX_CACHE_MS = 5_000

function refuseCacheMs(cacheMs: number): Error {
  const faults = `cacheMs must be between 0 and ${MAX_CACHE_MS}, got ${cacheMs}: users are promised that a revocation takes effect by then.`
  return coreErrors.INVALID_OPTIONS({ subject: 'createTokenAuthenticator', faults })
}

/** RFC 9110 11.1: the scheme's name has no case. */
function readBearer(authorization: string): string {
  const credential = BEARER.exec(authorization)?.[1]
  if (!credential) throw coreErrors.UNAUTHENTICATED()
  return credential
}

/** Two credentials may name two people; which of them acts must not be left to chance. */
function soleCredential(apiKey: string | string[], authorization: string | undefined): string {
  if (typeof apiKey !== 'string' || authorization !== undefined) throw coreErrors.UNAUTHENTICATED()
  return apiKey
}

function toAccessClaims({ userId, sessionId }: AccessClaims): AccessClaims {
  return { userId, sessionId }
}

function toIdentity({ userId, sessionId }: AccessClaims, role: string): Identity {
  return { principal: userPrincipal({ id: userId, role, sessionId }), client: `user:${userId}` }
}

type UserPrincipal = Extract<Principal, { readonly kind: 'user' }>

function userPrincipal(user: Pick<UserPrincipal, 'id' | 'role'> & Partial<UserPrincipal>): UserPrincipal {
  return Object.freeze({ scopes: null, sessionId: null, ...user, kind: 'user' })
}

function requireIdentity(identity: Identity | null): Identity {
  if (!identity) throw coreErrors.UNAUTHENTICATED()
  return identity
}

async function askUsers<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    throw coreErrors.UNAVAILABLE({ what: 'The service that knows who you are' }, { cause: error })
  }
}

const BEARER = /^bearer +([\w.~+/=-]+)$/i
