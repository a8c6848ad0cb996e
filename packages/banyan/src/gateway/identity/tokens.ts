import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose'
import { coreErrors, type Clock } from '../../core/index.ts'
import type { AccessClaims } from './authenticator.ts'
import type { TokenKey } from './token-keys.ts'

const ALGORITHM = 'HS256' // the only one: a token that names another is refused before any key is touched
const TYPE = 'at+jwt' // RFC 9068; keeps other JWTs signed with the same key from passing as access tokens
const MAX_TOKEN_CHARACTERS = 4_096

export interface TokensOptions {
  /** The first signs, all verify. */
  readonly keys: readonly TokenKey[]
  readonly clock: Clock
  /** Default 900 (15 min). */
  readonly lifetimeSeconds?: number
  /** `iss` of the tokens. Default `banyan`. */
  readonly issuer?: string
  /** `aud` of the tokens. Default `banyan-api`. */
  readonly audience?: string
}

export interface IssuedToken {
  readonly accessToken: string
  /** ISO 8601. */
  readonly expiresAt: string
}

export interface VerifiedToken extends AccessClaims {
  readonly expiresAtMs: number
}

/** Issues access tokens (in the users service) and verifies them (at the gateway). */
export interface Tokens {
  issueAccessToken(claims: AccessClaims): Promise<IssuedToken>
  /**
   * Checks signature, `alg`, `kid`, `typ`, `iss`, `aud`, `exp`. There is no leeway, and when it was issued is not compared: by as much as
   * this clock is ahead of the issuer's a token ends early, by as much as it is behind, late. @throws `api.UNAUTHENTICATED`.
   */
  verifyAccessToken(token: string): Promise<VerifiedToken>
}

/**
 * JSON Web Tokens signed with HS256. A key pair (EdDSA) was rejected: the gateway names the principal to the services
 * anyway, so that a gateway which can only verify would protect nothing, and forged tokens cost it more.
 */
export function createTokens(options: TokensOptions): Tokens {
  const { keys, clock, lifetimeSeconds = 900, issuer = 'banyan', audience = 'banyan-api' } = options
  const signingKey = keys[0]
  if (!signingKey)
    throw coreErrors.INVALID_OPTIONS({ subject: 'createTokens', faults: 'keys is empty; one is needed.' })
  const secrets = new Map(keys.map((key) => [key.id, key.secret]))

  function findSecret(header: { kid?: string }) {
    const secret = secrets.get(header.kid ?? '')
    if (!secret) throw new errors.JWKSNoMatchingKey()
    return secret
  }

  return {
    async issueAccessToken({ userId, sessionId }) {
      const issuedAt = Math.floor(clock.now() / 1_000)
      const expiresAt = issuedAt + lifetimeSeconds
      const accessToken = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: ALGORITHM, kid: signingKey.id, typ: TYPE })
        .setSubject(userId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(signingKey.secret)
      return { accessToken, expiresAt: new Date(expiresAt * 1_000).toISOString() }
    },

    async verifyAccessToken(token) {
      if (token.length > MAX_TOKEN_CHARACTERS) throw coreErrors.UNAUTHENTICATED()
      const checks = { algorithms: [ALGORITHM], typ: TYPE, issuer, audience, currentDate: new Date(clock.now()) }
      try {
        const { payload } = await jwtVerify(token, findSecret, { ...checks, requiredClaims: ['exp', 'sub', 'sid'] })
        return toClaims(payload)
      } catch (error) {
        throw error instanceof errors.JOSEError ? coreErrors.UNAUTHENTICATED({}, { cause: error }) : error
      }
    },
  }
}

function toClaims({ sub, sid, exp }: JWTPayload): VerifiedToken {
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof exp !== 'number') throw new errors.JWTInvalid()
  return { userId: sub, sessionId: sid, expiresAtMs: exp * 1_000 }
}
