export { createAnswerReader, type AnswerReader } from './answer-reader.ts'
export { createApiKey, hashApiKey } from './api-keys.ts'
export type { VersionNotice } from './api-version.ts'
export type { OpenAttemptCounter } from './attempt-counter.ts'
export type { AttemptInput, AttemptLimit, AttemptQuota } from './attempt-limits.ts'
export type {
  AccessClaims,
  ApiKeyLookup,
  ApiKeyOwner,
  Authenticator,
  Identity,
  Standing,
  StandingLookup,
} from './authenticator.ts'
export { parseTagHeader } from './cache-headers.ts'
export type { View } from './cached-views.ts'
export { parseTrustProxy, type TrustProxy } from './client-address.ts'
export { parseCorsOrigins } from './cors.ts'
export { createGateway, type Gateway } from './gateway.ts'
export { gatewayErrors } from './gateway-errors.ts'
export type { GatewayOptions } from './gateway-options.ts'
export type { GatewaySettings } from './gateway-settings.ts'
export { holdPort, type HeldPort } from './held-port.ts'
export { openListeningSocket, shareSocket, type ListeningSocket } from './listening-socket.ts'
export type { Allowance, RateLimiter } from './rate-limiter.ts'
export { createSharedRateLimiter, type SharedRateLimiterOptions } from './shared-rate-limiter.ts'
export { countInRedis, readAttemptScripts } from './shared-attempt-counter.ts'
export { createSpendLedger, readSpendScripts, type SpendLedger } from './spend-ledger.ts'
export { mayReadMetrics } from './metrics-access.ts'
export { createReadiness, type ReadinessCheck } from './readiness.ts'
export { createTokenAuthenticator, type TokenAuthenticatorOptions } from './token-authenticator.ts'
export { generateTokenKeys, parseTokenKeys, type TokenKey } from './token-keys.ts'
export { createTokens, type IssuedToken, type Tokens, type TokensOptions } from './tokens.ts'
