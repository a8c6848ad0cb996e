import { LRUCache } from 'lru-cache'
import type { Clock } from '../../core/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { CallerIdentity } from './credentials.ts'
import { openToken, type TokenClaims } from './token.ts'

export interface TokenVerifierOptions {
  readonly secret: Uint8Array
  readonly clock: Clock
  readonly leewayMs: number
  /** Tokens remembered as genuine. Default 1,000. */
  readonly maxRemembered?: number
}

/**
 * Tells whom a token proves. What was found genuine is remembered, so that a token per call (http, grpc) costs a look-up;
 * time and audience are asked each time. Forged ones are not remembered: they would push out the genuine.
 */
export function createTokenVerifier(
  options: TokenVerifierOptions,
): (token: string, audience: string) => CallerIdentity {
  const { secret, clock, leewayMs } = options
  const genuine = new LRUCache<string, TokenClaims>({ max: options.maxRemembered ?? 1_000 })
  return (token, audience) => {
    let claims = genuine.get(token)
    if (claims === undefined) {
      claims = openToken(token, secret)
      genuine.set(token, claims)
    }
    if (claims.audience !== audience) throw untrusted(`its token is for '${claims.audience}', not for '${audience}'`)
    if (clock.now() > claims.expiresAtMs + leewayMs) throw untrusted('its token has expired, or a clock is wrong')
    return claims
  }
}

function untrusted(fault: string): Error {
  return meshErrors.UNTRUSTED_CALLER({ fault })
}
