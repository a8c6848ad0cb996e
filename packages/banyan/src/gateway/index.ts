export { createAnswerReader, type AnswerReader } from './answer/answer-reader.ts'
export { createApiKey, hashApiKey } from './identity/api-keys.ts'
export type { VersionNotice } from './request/api-version.ts'
export type { OpenAttemptCounter } from './limits/attempt-counter.ts'
export type { AttemptInput, AttemptLimit, AttemptQuota } from './limits/attempt-limits.ts'
export type {
  AccessClaims,
  ApiKeyLookup,
  ApiKeyOwner,
  Authenticator,
  Identity,
  Standing,
  StandingLookup,
} from './identity/authenticator.ts'
export { parseTagHeader } from './caching/cache-headers.ts'
export type { View } from './caching/cached-views.ts'
export { parseTrustProxy, type TrustProxy } from './request/client-address.ts'
export { parseCorsOrigins } from './answer/cors.ts'
export { createGateway, type Gateway } from './gateway.ts'
export { gatewayErrors } from './gateway-errors.ts'
export type { GatewayOptions } from './gateway-options.ts'
export type { GatewaySettings } from './gateway-settings.ts'
export { holdPort, type HeldPort } from './server/held-port.ts'
export { openListeningSocket, shareSocket, type ListeningSocket } from './server/listening-socket.ts'
export type { Allowance, RateLimiter } from './limits/rate-limiter.ts'
export { createSharedRateLimiter, type SharedRateLimiterOptions } from './limits/shared-rate-limiter.ts'
export { countInRedis, readAttemptScripts } from './limits/shared-attempt-counter.ts'
export { createSpendLedger, readSpendScripts, type SpendLedger } from './limits/spend-ledger.ts'
export { mayReadMetrics } from './pages/metrics-access.ts'
export { createReadiness, type ReadinessCheck } from './pages/readiness.ts'
export { createTokenAuthenticator, type TokenAuthenticatorOptions } from './identity/token-authenticator.ts'
export { generateTokenKeys, parseTokenKeys, type TokenKey } from './identity/token-keys.ts'
export { createTokens, type IssuedToken, type Tokens, type TokensOptions } from './identity/tokens.ts'
