import type { Principal } from '../../contract/index.ts'
import type { Authenticator, Identity } from '../identity/authenticator.ts'
import { clientAddress, limitKeyOfAddress, type TrustProxy } from '../request/client-address.ts'
import type { Exchange } from '../exchange.ts'
import { gatewayErrors } from '../gateway-errors.ts'
import { createRateLimitHeaders, toSeconds } from './rate-limit-headers.ts'
import type { Allowance, RateLimiter } from './rate-limiter.ts'

export interface AdmissionOptions {
  readonly authenticator: Authenticator
  /** `null`: no limit. */
  readonly limiter: RateLimiter | null
  /** Requests per second and client; what the limiter was made with, for the headers. */
  readonly limitPerSecond: number
  readonly trustProxy: TrustProxy
}

/** Who asks, and whether they may ask again so soon. Answers at once when nothing has to be looked up. */
export interface Admission {
  /** @throws `api.UNAUTHENTICATED`, `api.UNAVAILABLE`, `api.RATE_LIMITED`. */
  admit(exchange: Exchange): Principal | Promise<Principal>
  /** For what no operation answers: unknown paths draw on the limit of the address. @throws `api.RATE_LIMITED`. */
  chargeAddress(exchange: Exchange): void | Promise<void>
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { authenticator, limiter, limitPerSecond, trustProxy } = options
  const limitHeaders = createRateLimitHeaders('default', limitPerSecond, 1_000)

  function settle({ headers }: Exchange, allowance: Allowance): void {
    headers.push('RateLimit-Policy', limitHeaders.policy, 'RateLimit', limitHeaders.describe(allowance))
    if (allowance.allowed) return
    const retryAfterSeconds = toSeconds(allowance.resetMs)
    throw gatewayErrors.RATE_LIMITED({ limit: limitPerSecond, what: 'requests a second', retryAfterSeconds })
  }

  function charge(exchange: Exchange, client: string | null): void | Promise<void> {
    if (limiter === null) return
    const payer = client ?? limitKeyOfAddress(clientAddress(exchange.request.raw, trustProxy))
    const allowance = limiter.take(payer)
    if (allowance instanceof Promise) return allowance.then((later) => settle(exchange, later))
    settle(exchange, allowance)
  }

  function admit(exchange: Exchange, { principal, client }: Identity): Principal | Promise<Principal> {
    const charging = charge(exchange, client)
    return charging === undefined ? principal : charging.then(() => principal)
  }

  /** Whoever shows bad credentials pays by address: guessing must not be free. */
  async function refuse(exchange: Exchange, error: unknown): Promise<never> {
    await charge(exchange, null)
    throw error
  }

  function identify({ request }: Exchange): Identity | Promise<Identity> {
    try {
      return authenticator.authenticate(request.raw.headers)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  return {
    admit(exchange) {
      const identity = identify(exchange)
      if (!(identity instanceof Promise)) return admit(exchange, identity)
      return identity.then(
        (known) => admit(exchange, known),
        (error: unknown) => refuse(exchange, error),
      )
    },
    chargeAddress: (exchange) => charge(exchange, null),
  }
}
