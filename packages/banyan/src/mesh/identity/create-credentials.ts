import type { Clock } from '../../core/index.ts'
import type { CallerIdentity, Credentials, TlsMaterial } from './credentials.ts'
import { createTokenIssuer } from './token-issuer.ts'
import { createTokenVerifier } from './token-verifier.ts'

export interface CredentialsOptions {
  /** In whose names this process calls. At least one. */
  readonly names: readonly string[]
  /** At least 32 bytes, the same in all processes; derived from the master secret. */
  readonly secret: Uint8Array
  readonly clock: Clock
  /** Whether calls of this process may carry users. Default true. */
  readonly onBehalf?: boolean
  /** How long a token is good, milliseconds. Default 300,000. */
  readonly lifeMs?: number
  /**
   * How long after its end a token is still taken, milliseconds. Default 30,000. A token is signed anew at half its life, so whoever's
   * clock is ahead of the signer's by no more than `lifeMs / 2 + leewayMs` (three minutes) takes every one; behind, by any time.
   */
  readonly leewayMs?: number
  readonly tls?: TlsMaterial | null
}

const DEFAULT_LIFE_MS = 300_000
const DEFAULT_LEEWAY_MS = 30_000

/**
 * Tokens signed with HMAC-SHA-256 under one secret that all our processes share. It keeps everybody else out, and it keeps
 * mistakes apart (a process calls in its own names only). It does not protect against a process of ours that has been
 * taken over: whoever holds the secret can sign any name. Certificates do, one for each process (`tls`).
 */
export function createCredentials(options: CredentialsOptions): Credentials {
  const { names, secret, clock, onBehalf = true, tls = null } = options
  const { lifeMs = DEFAULT_LIFE_MS, leewayMs = DEFAULT_LEEWAY_MS } = options
  const issuer = createTokenIssuer({ identity: { names, onBehalf }, secret, clock, lifeMs })
  const verify: (token: string, audience: string) => CallerIdentity = createTokenVerifier({ secret, clock, leewayMs })
  return Object.freeze({ names: Object.freeze([...names]), issue: issuer, verify, tls })
}
