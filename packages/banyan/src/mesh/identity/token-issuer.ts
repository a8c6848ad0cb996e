import type { Clock } from '../../core/index.ts'
import type { CallerIdentity } from './credentials.ts'
import { signToken } from './token.ts'

export interface TokenIssuerOptions {
  readonly identity: Pick<CallerIdentity, 'names' | 'onBehalf'>
  readonly secret: Uint8Array
  readonly clock: Clock
  readonly lifeMs: number
}

/** Gives the token for an audience, signed anew when half its life is over: 4 µs once in minutes, a look-up per call. */
export function createTokenIssuer({
  identity,
  secret,
  clock,
  lifeMs,
}: TokenIssuerOptions): (audience: string) => string {
  const issued = new Map<string, Issued>()
  return (audience) => {
    const nowMs = clock.now()
    const last = issued.get(audience)
    if (last !== undefined && nowMs < last.renewAtMs && nowMs >= last.issuedAtMs) return last.token
    const token = signToken({ ...identity, audience, expiresAtMs: nowMs + lifeMs }, secret)
    issued.set(audience, { token, issuedAtMs: nowMs, renewAtMs: nowMs + lifeMs / 2 })
    return token
  }
}

interface Issued {
  readonly token: string
  /** A wall clock may be set back; a token from its future would be refused elsewhere. */
  readonly issuedAtMs: number
  readonly renewAtMs: number
}
