import { createNewestChange, isPage, pageParts, type Operation, type Reply } from '../../contract/index.ts'
import { pageLimit } from './envelope.ts'
import type { OperationCodec } from '../operations/operation-codec.ts'

/** What an envelope is made of. Texts are JSON, in characters or, where they only pass through, in bytes as `latin1` shows them. */
export interface AnswerParts {
  /** `null`: the data tell no time. */
  readonly changedAt: string | null
  /** The data; of a page its items. Not called when the client has them already. */
  readonly data: () => string
  /** Limit and next cursor; `null`: no page. */
  readonly page: string | null
}

export interface PartsScope {
  readonly codec: OperationCodec
  readonly input: unknown
}

export type PartsReader<Data> = (reply: Reply<Data>, scope: PartsScope) => AnswerParts

/** Of a reply whose data are values: carried down to the version asked for, then written as text. */
export function createPartsReader({ kind, output }: Operation): PartsReader<unknown> {
  const newestChange = kind === 'query' ? createNewestChange(output) : () => null
  const paged = kind === 'query' && isPage(output)
  return (reply, { codec, input }) => ({
    changedAt: reply.changedAt ?? newestChange(reply.data),
    data: () => codec.encode(reply.data),
    page: paged
      ? pageJson(input, JSON.stringify((reply.data as { readonly nextCursor: string | null }).nextCursor))
      : null,
  })
}

/** Of a reply whose data are the bytes that the service wrote: they go into the envelope as they are. */
export function createBytesReader({ kind, output }: Operation): PartsReader<Uint8Array> {
  const paged = kind === 'query' && isPage(output)
  return ({ data: bytes, changedAt }, { input }) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    if (!paged) return { changedAt, data: () => text, page: null }
    const parts = pageParts(text) ?? parsedParts(bytes)
    return { changedAt, data: () => parts.items, page: pageJson(input, parts.nextCursor) }
  }
}

function pageJson(input: unknown, nextCursor: string): string {
  return `{"limit":${pageLimit(input)},"nextCursor":${nextCursor}}`
}

/** A page that somebody wrote with other means. */
function parsedParts(bytes: Uint8Array): { readonly items: string; readonly nextCursor: string } {
  const { items, nextCursor } = JSON.parse(Buffer.from(bytes).toString()) as Record<'items' | 'nextCursor', unknown>
  return { items: toLatin1(JSON.stringify(items)), nextCursor: toLatin1(JSON.stringify(nextCursor)) }
}

function toLatin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}
