import type { Tokens as AccessTokens } from 'banyan/gateway'
import { toUser, type Account } from '../accounts/account.ts'
import type { Tokens } from '../schemas.ts'
import type { RefreshTokens } from './refresh-token.ts'

export interface PairIssuer {
  readonly accessTokens: Pick<AccessTokens, 'issueAccessToken'>
  readonly refreshTokens: RefreshTokens
}

/** An access token and a refresh token of one session, not handed out yet. */
export interface TokenPair {
  readonly userId: string
  readonly sessionId: string
  readonly accessToken: string
  /** When the access token expires, ISO 8601. */
  readonly expiresAt: string
  readonly refreshToken: string
  /** SHA-256 of the refresh token. */
  readonly tokenHash: Buffer
}

export async function issuePair(issuer: PairIssuer, userId: string, sessionId: string): Promise<TokenPair> {
  const access = await issuer.accessTokens.issueAccessToken({ userId, sessionId })
  const { text, hash } = issuer.refreshTokens.issue(sessionId)
  return { userId, sessionId, ...access, refreshToken: text, tokenHash: hash }
}

export function toTokens({ accessToken, refreshToken, expiresAt }: TokenPair, account: Account): Tokens {
  return { accessToken, refreshToken, expiresAt, user: toUser(account) }
}
