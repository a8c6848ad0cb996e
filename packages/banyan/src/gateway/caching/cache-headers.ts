import type { CachePolicy, Operation } from '../../contract/index.ts'
import { JSON_TYPE } from '../exchange.ts'

/** Headers of one answer: name, value, name, value … A new list each time, to which the caller may add. */
export type CacheHeaders = (input: unknown) => string[]

const DEFAULT_TAG_HEADER = 'Cache-Tag'

/** Of these caches tags are separated by spaces, of all others by commas. */
const SPACED: ReadonlySet<string> = new Set(['xkey', 'surrogate-key'])

/**
 * What browsers and shared caches may do with an answer. A shared cache may keep what everybody may see; everything else stays
 * with its reader, asked for anew each time.
 *
 * What may be shown stale stands in `CDN-Cache-Control` (RFC 9213) only: browsers heed `stale-while-revalidate` in
 * `Cache-Control`, also after `max-age=0`, and would show a price for half a minute that no purge reaches.
 */
export function createCacheHeaders({ cache, access }: Operation, tagHeader = DEFAULT_TAG_HEADER): CacheHeaders {
  const isPublic = access.kind === 'anyone'
  if (cache !== null && isPublic) return createSharedHeaders(cache, tagHeader)
  const policy = cache !== null && cache.maxAgeSeconds > 0 ? `private, max-age=${cache.maxAgeSeconds}` : PRIVATE
  const vary = isPublic ? `${CREDENTIALS}, Accept-Encoding` : CREDENTIALS
  const headers = [...JSON_TYPE, 'Cache-Control', policy, 'Vary', vary]
  return () => [...headers]
}

const PRIVATE = 'private, no-cache'
const CREDENTIALS = 'Authorization, X-Api-Key'

function createSharedHeaders(cache: CachePolicy, tagHeader: string): CacheHeaders {
  const { maxAgeSeconds, sharedMaxAgeSeconds, tags } = cache
  const policy = `public, max-age=${maxAgeSeconds}, s-maxage=${sharedMaxAgeSeconds}`
  const headers = [...JSON_TYPE, 'Cache-Control', policy, ...staleHeader(cache), 'Vary', 'Accept-Encoding']
  const separator = SPACED.has(tagHeader.toLowerCase()) ? ' ' : ','
  return (input) => [...headers, tagHeader, tags(input as never).join(separator)]
}

function staleHeader(cache: CachePolicy): readonly string[] {
  const { sharedMaxAgeSeconds, staleWhileRevalidateSeconds = 0, staleIfErrorSeconds = 0 } = cache
  if (staleWhileRevalidateSeconds === 0 && staleIfErrorSeconds === 0) return []
  const stale = `stale-while-revalidate=${staleWhileRevalidateSeconds}, stale-if-error=${staleIfErrorSeconds}`
  return ['CDN-Cache-Control', `public, max-age=${sharedMaxAgeSeconds}, ${stale}`]
}

/** Reads `CACHE_TAG_HEADER`. @throws Error that says what is allowed */
export function parseTagHeader(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(text)) return text
  throw new Error('must be a header name such as Cache-Tag, Surrogate-Key or xkey')
}
