import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { ownerOfId, randomText, type Random } from 'banyan/core'

export interface RefreshTokensOptions {
  /** At least 32 bytes, the same in every process. */
  readonly secret: Buffer
  readonly random: Random
}

export interface RefreshTokens {
  /** A new token of this session: `text` goes to the client, `hash` is stored. */
  issue(sessionId: string): { readonly text: string; readonly hash: Buffer }
  /** Which session a token belongs to; `null`: we never issued it. Says nothing about whether it is spent. */
  parse(text: string): GivenToken | null
}

export interface GivenToken {
  readonly userId: string
  readonly sessionId: string
  readonly hash: Buffer
}

/**
 * Refresh tokens: `<session id>.<200 random bits>.<HMAC of both>`.
 *
 * The HMAC proves that we issued the token, so a session needs to store only the hash of the one token that is not
 * spent: any other token with a valid HMAC is a spent one that came back. Rejected: a row for each spent token (2,880 a
 * session in 30 days), and ending a session for a token that merely names it (whoever has seen a session id could).
 */
export function createRefreshTokens({ secret, random }: RefreshTokensOptions): RefreshTokens {
  const sign = (body: string) => createHmac('sha256', secret).update(body).digest()
  return {
    issue(sessionId) {
      const body = `${sessionId}.${randomText(random, RANDOM_CHARACTERS)}`
      const text = `${body}.${sign(body).toString('base64url')}`
      return { text, hash: hashOf(text) }
    },
    parse(text) {
      const match = TOKEN.exec(text)
      if (!match) return null
      const [, body, sessionId, signature] = match
      const userId = ownerOfId('ses', sessionId!)
      const isOurs = timingSafeEqual(sign(body!), Buffer.from(signature!, 'base64url'))
      return isOurs && userId !== null ? { userId, sessionId: sessionId!, hash: hashOf(text) } : null
    },
  }
}

const RANDOM_CHARACTERS = 40 // of 5 bits: a plain hash is enough, nobody can guess what is behind it
const TOKEN = /^((ses_[0-9]{1,18}_[0-9a-z]{16})\.[0-9a-z]{40})\.([\w-]{42}[AEIMQUYcgkosw048])$/

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
