import type { IncomingHttpHeaders } from 'node:http'
import type { Principal } from '../../contract/index.ts'

/** Who sent a request, and whose rate limit it draws on. */
export interface Identity {
  readonly principal: Principal
  /** `user:42` or `api-key:7`; `null`: nobody in particular, so the network address is the client. */
  readonly client: string | null
}

/**
 * Tells from a request's headers who sent it. Answers at once when it can, so that the hot path awaits nothing.
 * No credentials at all are no error: the answer is `anonymousIdentity`.
 */
export interface Authenticator {
  /**
   * @throws `api.UNAUTHENTICATED` for credentials that are malformed, expired, revoked or of nobody.
   * @throws `api.UNAVAILABLE` when the service that knows cannot be asked: nobody is let in on old knowledge.
   */
  authenticate(headers: IncomingHttpHeaders): Identity | Promise<Identity>
}

/** What an access token says. The role is not in it: it is looked up, so that a new one takes effect on live tokens. */
export interface AccessClaims {
  readonly userId: string
  /** The log-in that the token belongs to; stays the same over refreshes. */
  readonly sessionId: string
}

/** What the users service knows *now* of a session that a valid token names. */
export interface Standing {
  readonly role: string
}

/**
 * Asks the users service whether a token's session still stands. `null`: the user is deleted, or the session ended
 * (log-out, new password, reuse of a spent refresh token). There is no "valid from" time to compare, because the
 * clocks of two processes differ. Implemented by an internal query of the users contract; asked at most once per session
 * in `cacheMs`, so this is how soon such a change takes effect.
 */
export type StandingLookup = (claims: AccessClaims) => Promise<Standing | null>

/** Whose API key this is, as the users service knows it now. */
export interface ApiKeyOwner {
  /** The key's public id, for limits and logs. */
  readonly keyId: string
  readonly userId: string
  readonly role: string
  /** What the key may do, e.g. `['orders:write']`; `null`: everything that the role may. */
  readonly scopes: readonly string[] | null
}

/**
 * Finds an API key by `hashApiKey(key)`. `null`: unknown, revoked, or its user is deleted. Implemented by an
 * internal query of the users contract; asked at most once per key in `cacheMs`.
 */
export type ApiKeyLookup = (keyHash: string) => Promise<ApiKeyOwner | null>
