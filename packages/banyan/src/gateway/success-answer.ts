import { isPage, type CachePolicy, type Operation, type Reply } from '../contract/index.ts'
import { newestChange, pageLimit, successEnvelope, type Page } from './envelope.ts'
import { bytesTag, isNoneMatchHit, versionsTag } from './etag.ts'
import { JSON_TYPE, type Answer } from './exchange.ts'
import type { OperationCodec } from './operation-codec.ts'

/** What an answer is made of, beside the reply itself. */
export interface SuccessScope {
  readonly codec: OperationCodec
  readonly input: unknown
  readonly ifNoneMatch: string | undefined
  readonly now: () => string
}

export type SuccessWriter = (reply: Reply, scope: SuccessScope) => Answer

/** Turns replies of one operation into answers: reads with an `ETag` and 304, writes with status and `Location`. */
export function createSuccessWriter(operation: Operation): SuccessWriter {
  return operation.kind === 'query' ? createReadWriter(operation) : createWriteWriter(operation)
}

/**
 * An answer with a tag must be a function of it, byte for byte: so its timestamp is the time of the data's last
 * change. Where the data tells no such time, the answer is dated now and has no tag.
 */
function createReadWriter(operation: Operation): SuccessWriter {
  const paged = isPage(operation.output)
  const headersFor = createCacheHeaders(operation.cache)
  return (reply, { codec, input, ifNoneMatch, now }) => {
    const headers = headersFor(input)
    const page = paged ? readPage(reply.data, input) : null
    const changedAt = reply.changedAt ?? newestChange(paged ? itemsOf(reply.data) : [reply.data])
    const meta = { timestamp: changedAt ?? now(), apiVersion: codec.apiVersion, page }
    if (changedAt === null) return respond(headers, successEnvelope(codec.encode(reply.data), meta))

    const known = reply.versions === null ? null : versionsTag(codec.apiVersion, reply.versions)
    if (known !== null && isHit(ifNoneMatch, known)) return notModified(headers, known)
    const body = successEnvelope(codec.encode(reply.data), meta)
    const tag = known ?? bytesTag(codec.apiVersion, body)
    if (known === null && isHit(ifNoneMatch, tag)) return notModified(headers, tag)
    headers.push('ETag', tag)
    return respond(headers, body)
  }
}

function createWriteWriter({ http }: Operation): SuccessWriter {
  return (reply, { codec, now }) => {
    const meta = { timestamp: reply.changedAt ?? now(), apiVersion: codec.apiVersion, page: null }
    const headers = [...JSON_TYPE, 'Cache-Control', 'no-store']
    const location = http?.location?.(reply.data as never)
    if (location !== undefined) headers.push('Location', `/api/v${codec.apiVersion}${location}`)
    if (reply.replayed) headers.push('Idempotency-Replayed', 'true')
    if (reply.pending) headers.push('Retry-After', '1')
    const status = reply.pending ? 202 : (http?.status ?? 200)
    return { status, headers, body: successEnvelope(codec.encode(reply.data), meta) }
  }
}

/** A shared cache may keep what everybody may see; everything else stays with its reader, asked for anew each time. */
function createCacheHeaders(cache: CachePolicy | null): (input: unknown) => string[] {
  const mine = [...JSON_TYPE, 'Cache-Control', 'private, no-cache', 'Vary', 'Authorization, X-Api-Key']
  if (cache === null) return () => [...mine]
  const { maxAgeSeconds, sharedMaxAgeSeconds, tags } = cache
  const policy = `public, max-age=${maxAgeSeconds}, s-maxage=${sharedMaxAgeSeconds}`
  return (input) => [...JSON_TYPE, 'Cache-Control', policy, 'Cache-Tag', tags(input as never).join(',')]
}

function readPage(data: unknown, input: unknown): Page {
  return { limit: pageLimit(input), nextCursor: (data as { readonly nextCursor: string | null }).nextCursor }
}

function itemsOf(data: unknown): readonly unknown[] {
  return (data as { readonly items: readonly unknown[] }).items
}

function isHit(ifNoneMatch: string | undefined, tag: string): boolean {
  return ifNoneMatch !== undefined && isNoneMatchHit(ifNoneMatch, tag)
}

function notModified(headers: readonly string[], tag: string): Answer {
  return { status: 304, headers: [...headers.slice(JSON_TYPE.length), 'ETag', tag], body: null }
}

function respond(headers: readonly string[], body: string): Answer {
  return { status: 200, headers, body }
}
