export { createApiKey, hashApiKey } from './api-keys.ts'
export type {
  AccessClaims,
  ApiKeyLookup,
  ApiKeyOwner,
  Authenticator,
  Identity,
  Standing,
  StandingLookup,
} from './authenticator.ts'
export { generateTokenKeys, parseTokenKeys, type TokenKey } from './token-keys.ts'
export { createTokens, type IssuedToken, type Tokens, type TokensOptions } from './tokens.ts'
