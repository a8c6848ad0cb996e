import type { Operation, Reply } from '../../contract/index.ts'
import type { PartsReader } from './answer-parts.ts'
import type { CacheHeaders } from '../caching/cache-headers.ts'
import { successEnvelope } from './envelope.ts'
import { compress, isWorthCompressing, tagOfCoding } from './compression.ts'
import { bytesTag, findHit, versionsTag } from './etag.ts'
import { JSON_TYPE, type Answer, type BodyEncoding } from '../exchange.ts'
import type { OperationCodec } from '../operations/operation-codec.ts'

/** What an answer is made of, beside the reply itself. */
export interface SuccessScope {
  readonly codec: OperationCodec
  readonly input: unknown
  readonly ifNoneMatch: string | undefined
  readonly acceptEncoding: string | undefined
  readonly now: () => string
}

export type SuccessWriter<Data> = (reply: Reply<Data>, scope: SuccessScope) => Answer

export interface Rendering<Data> {
  readonly readParts: PartsReader<Data>
  /** Of the texts that `readParts` gives. */
  readonly encoding: BodyEncoding
  readonly cacheHeaders: CacheHeaders
}

/** Turns replies of one operation into answers: reads with an `ETag` and 304, writes with status and `Location`. */
export function createSuccessWriter<Data>(operation: Operation, rendering: Rendering<Data>): SuccessWriter<Data> {
  return operation.kind === 'query' ? createReadWriter(operation, rendering) : createWriteWriter(operation, rendering)
}

/**
 * An answer with a tag must be a function of it, byte for byte: so its timestamp is the time of the data's last
 * change. Where the data tells no such time, the answer is dated now and has no tag.
 */
function createReadWriter<Data>({ access }: Operation, rendering: Rendering<Data>): SuccessWriter<Data> {
  const { readParts, encoding, cacheHeaders } = rendering
  const isPublic = access.kind === 'anyone'
  return (reply, { codec, input, ifNoneMatch, acceptEncoding, now }) => {
    const headers = cacheHeaders(input)
    const { apiVersion } = codec
    const { changedAt, data, page } = readParts(reply, { codec, input })
    const meta = { timestamp: changedAt ?? now(), apiVersion, page }
    if (changedAt === null) return { status: 200, headers, body: successEnvelope(data(), meta), encoding }

    const known = reply.versions === null ? null : versionsTag(apiVersion, reply.versions)
    const hit = known === null ? null : findHit(ifNoneMatch, known, acceptEncoding)
    if (hit !== null) return notModified(headers, hit)
    const body = successEnvelope(data(), meta)
    const tag = known ?? bytesTag(apiVersion, body, encoding)
    const same = known === null ? findHit(ifNoneMatch, tag, acceptEncoding) : null
    if (same !== null) return notModified(headers, same)
    const coded = isPublic ? compress(body, encoding, acceptEncoding) : null
    if (coded === null) return { status: 200, headers: [...headers, 'ETag', tag], body, encoding }
    headers.push('ETag', tagOfCoding(tag, coded.coding), 'Content-Encoding', coded.coding)
    return { status: 200, headers, body: coded.bytes }
  }
}

function createWriteWriter<Data>({ http }: Operation, { readParts, encoding }: Rendering<Data>): SuccessWriter<Data> {
  return (reply, { codec, input, now }) => {
    const { changedAt, data } = readParts(reply, { codec, input })
    const meta = { timestamp: changedAt ?? now(), apiVersion: codec.apiVersion, page: null }
    const headers = [...JSON_TYPE, 'Cache-Control', 'no-store']
    const location = http?.location?.(reply.data as never)
    if (location !== undefined) headers.push('Location', `/api/v${codec.apiVersion}${location}`)
    if (reply.replayed) headers.push('Idempotency-Replayed', 'true')
    if (reply.pending) headers.push('Retry-After', '1')
    const status = reply.pending ? 202 : (http?.status ?? 200)
    return { status, headers, body: successEnvelope(data(), meta), encoding }
  }
}

/** True for an answer that could be sent in a content coding. */
export function isCompressible({ body }: Answer): boolean {
  return body !== null && isWorthCompressing(body.length)
}

/** 304 in place of an answer with a tag and a length: the client has it, under the tag `hit`. */
export function unchanged({ headers }: Answer, hit: string): Answer {
  const before = headers.slice(0, headers.indexOf('ETag'))
  const at = before.indexOf('Content-Length')
  if (at >= 0) before.splice(at, 2)
  return notModified(before, hit)
}

function notModified(headers: readonly string[], tag: string): Answer {
  return { status: 304, headers: [...headers.slice(JSON_TYPE.length), 'ETag', tag], body: null }
}
