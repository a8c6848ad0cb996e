import { coreErrors } from '../../core/index.ts'

/** Which pages of other origins may read the answers. */
export interface Cors {
  /** Headers for an answer to a page of this origin; nothing for an origin that is not listed. */
  headersFor(origin: string | undefined): readonly string[]
  /** What the answer to a preflight request has beside those: a page is refused when any of them comes twice. */
  preflight(origin: string | undefined, methods: string): readonly string[]
}

const NOTHING: readonly string[] = Object.freeze([])
const ALLOWED_HEADERS =
  'Authorization, Content-Type, X-Api-Key, Idempotency-Key, If-Match, If-None-Match, Prefer, Api-Version, X-Request-Id, Consistency-Token, traceparent'
const EXPOSED_HEADERS =
  'ETag, Location, Idempotency-Key, Idempotency-Replayed, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Api-Version, Deprecation, Sunset, Consistency-Token'
const PREFLIGHT_SECONDS = '600'

/** Exact origins only, no wildcard, no credentials: tokens travel in a header, never in a cookie. */
export function createCors(origins: readonly string[]): Cors {
  const answers = new Map(origins.map((origin) => [origin, answerHeaders(origin)]))
  // Without any origin no answer depends on Origin; with one, every answer does.
  const others = origins.length === 0 ? NOTHING : ['Vary', 'Origin']

  return {
    headersFor: (origin) => (origin === undefined ? others : (answers.get(origin) ?? others)),
    preflight(origin, methods) {
      if (origin === undefined || !answers.has(origin)) return NOTHING
      const permissions = ['Access-Control-Allow-Methods', methods, 'Access-Control-Allow-Headers', ALLOWED_HEADERS]
      return [...permissions, 'Access-Control-Max-Age', PREFLIGHT_SECONDS]
    },
  }
}

/** Reads `CORS_ORIGINS`: origins separated by commas. @throws `api.INVALID_OPTIONS` naming each that is no origin. */
export function parseCorsOrigins(text: string | undefined): readonly string[] {
  const origins = (text ?? '').split(',').map((origin) => origin.trim())
  const named = origins.filter((origin) => origin !== '' && origin !== 'none')
  const faults = named.filter((origin) => !isOrigin(origin))
  if (faults.length === 0) return named
  const got = faults.map((origin) => JSON.stringify(origin)).join(' and ')
  throw coreErrors.INVALID_OPTIONS({
    subject: 'CORS_ORIGINS',
    faults: `it must be origins such as https://shop.example.com, without path or wildcard, got ${got}.`,
  })
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.origin === text && url.origin !== 'null'
}

function answerHeaders(origin: string): readonly string[] {
  return ['Vary', 'Origin', 'Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', EXPOSED_HEADERS]
}
