import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { parsePositions, type Frontier, type Positions } from '../../contract/index.ts'
import type { Clock } from '../../core/index.ts'
import { gatewayErrors } from '../gateway-errors.ts'

export interface ConsistencyTokensOptions {
  readonly frontier: Frontier
  /** The same at every gateway of the shop. */
  readonly secret: Buffer
  readonly clock: Clock
  /** Cookies go over HTTPS only. */
  readonly https: boolean
}

/**
 * Says with each write how far the logs had come when it was answered, so that a later read can be made to include it. Signed, because
 * a position that no log will reach would make a read wait; no secret, so that it may be shown.
 */
export interface ConsistencyTokens {
  /** Headers of an answer to a write: covers that write and whatever the token sent with it named. None: no log is known. */
  issue(inbound: IncomingHttpHeaders): readonly string[]
  /** What the caller has seen; `undefined`: it names nothing, or what it named is older than an hour. @throws `api.INVALID_HEADER` */
  read(inbound: IncomingHttpHeaders): Positions | undefined
  /** The same where nothing waits for it: a token that nobody signed counts as none, so that junk cannot pass by a cache. */
  glance(inbound: IncomingHttpHeaders): Positions | undefined
}

const HEADER = 'consistency-token'
const COOKIE = 'banyan-consistency'
/** A read model that lags longer is broken, and a restored backup must not keep readers waiting for what it has lost. */
const LIFETIME_SECONDS = 3_600
/** Of the logs that moved last: those quiet for longer have long been applied. */
const MAX_LOGS = 8
const MAX_CHARACTERS = 1_024
const SIGNATURE_BYTES = 16

export function createConsistencyTokens(options: ConsistencyTokensOptions): ConsistencyTokens {
  const { frontier, secret, clock, https } = options
  let last = { text: '', second: 0, token: '' }

  return {
    issue(inbound) {
      const second = Math.floor(clock.now() / 1_000)
      const seen = quietly(inbound)
      const token = seen ? write(merge(frontier.positions(), seen), second) : ownToken(second)
      if (token === '') return NONE
      // Browsers say where a request comes from; nobody else needs a cookie.
      const isBrowser = inbound['sec-fetch-site'] !== undefined
      return isBrowser
        ? ['Consistency-Token', token, 'Set-Cookie', cookieOf(token, https)]
        : ['Consistency-Token', token]
    },
    read: (inbound) => parse(tokenOf(inbound)),
    glance: quietly,
  }

  /** Written once for each position and second: under load many answers share it. */
  function ownToken(second: number): string {
    const text = frontier.text()
    if (text !== last.text || second !== last.second)
      last = { text, second, token: write(frontier.positions(), second) }
    return last.token
  }

  function write(positions: Positions, second: number): string {
    const entries = Object.entries(positions).slice(-MAX_LOGS)
    if (entries.length === 0) return ''
    const claims = Buffer.from(`${second} ${JSON.stringify(Object.fromEntries(entries))}`).toString('base64url')
    return `${claims}.${sign(claims).toString('base64url')}`
  }

  function sign(claims: string): Buffer {
    return createHmac('sha256', secret).update(claims).digest().subarray(0, SIGNATURE_BYTES)
  }

  /** A write is not refused for the sake of what its client read before. */
  function quietly(inbound: IncomingHttpHeaders): Positions | undefined {
    const token = tokenOf(inbound)
    return token !== undefined && isSigned(token) ? decode(token) : undefined
  }

  function parse(token: string | undefined): Positions | undefined {
    if (token === undefined) return undefined
    if (!isSigned(token)) throw invalid(token)
    return decode(token)
  }

  /** Of a token whose signature holds. */
  function decode(token: string): Positions | undefined {
    const claims = Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString()
    const [second, text] = [claims.slice(0, claims.indexOf(' ')), claims.slice(claims.indexOf(' ') + 1)]
    const isOld = clock.now() / 1_000 - Number(second) > LIFETIME_SECONDS
    return isOld ? undefined : (parsePositions(text) ?? undefined)
  }

  function isSigned(token: string): boolean {
    if (token.length > MAX_CHARACTERS) return false
    const [claims = '', signature = '', ...rest] = token.split('.')
    const given = Buffer.from(signature, 'base64url')
    return rest.length === 0 && given.length === SIGNATURE_BYTES && timingSafeEqual(given, sign(claims))
  }
}

const NONE: readonly string[] = Object.freeze([])

/** The header, or what a browser kept. */
function tokenOf({ [HEADER]: header, cookie }: IncomingHttpHeaders): string | undefined {
  if (header !== undefined) return String(header)
  return cookie === undefined ? undefined : COOKIE_VALUE.exec(cookie)?.[1]
}

const COOKIE_VALUE = new RegExp(`(?:^|;\\s*)${COOKIE}=([^;\\s]+)`)

/** Names no one and opens nothing, so that it needs no protection but from scripts that have no use for it. */
function cookieOf(token: string, https: boolean): string {
  const attributes = `Path=/api; Max-Age=${LIFETIME_SECONDS}; HttpOnly; SameSite=Lax${https ? '; Secure' : ''}`
  return `${COOKIE}=${token}; ${attributes}`
}

/** Of each log the farther one. */
function merge(own: Positions, seen: Positions): Positions {
  const merged: Record<string, number> = { ...seen, ...own }
  for (const log in seen) merged[log] = Math.max(seen[log]!, own[log] ?? 0)
  return merged
}

function invalid(token: string): Error {
  const received = `${token.length} characters that this shop did not sign`
  const expected = 'a token as an earlier answer brought it, or none'
  return gatewayErrors.INVALID_HEADER({ header: 'Consistency-Token', received, expected })
}
