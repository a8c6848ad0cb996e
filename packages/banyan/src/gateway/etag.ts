import { hash } from 'node:crypto'
import { coreErrors } from '../core/index.ts'
import type { BodyEncoding } from './exchange.ts'
import { gatewayErrors } from './gateway-errors.ts'

/** Strong tag of what an answer is made of: `"v2-p17.s903"`. The API version is in it, because it shapes the bytes. */
export function versionsTag(apiVersion: number, versions: string): string {
  return `"v${apiVersion}-${versions}"`
}

/** Strong tag of the bytes themselves, for lists: `"v2-h…"`. 128 bits of SHA-256. */
export function bytesTag(apiVersion: number, text: string, encoding: BodyEncoding = 'utf8'): string {
  return `"v${apiVersion}-h${digest(encoding === 'utf8' ? text : Buffer.from(text, encoding))}"`
}

/** Strong tag of a file. */
export function textTag(text: string): string {
  return `"${digest(text)}"`
}

/** True when the client's copy is the present one: 304. Weak comparison (RFC 9110 13.1.2), `*` matches anything. */
export function isNoneMatchHit(header: string, tag: string): boolean {
  if (header === tag) return true
  return header.trim() === '*' || opaqueTags(header).includes(tag)
}

/**
 * The version that `If-Match` names, as the service knows it: `"v2-p17"` → `p17`; `null` for `*`.
 * @throws `api.PRECONDITION_FAILED` for weak tags and tags of another API version: they name no bytes of this one.
 * @throws `api.INVALID_HEADER` for several tags: the service compares one.
 */
export function parseIfMatch(header: string, apiVersion: number): string | null {
  if (header.trim() === '*') return null
  const tags = header.match(ENTITY_TAG) ?? []
  if (tags.length !== 1 || tags[0] !== header.trim()) {
    const expected = 'one entity tag in double quotes, or *'
    throw gatewayErrors.INVALID_HEADER({ header: 'If-Match', received: header.slice(0, 100), expected })
  }
  const prefix = `"v${apiVersion}-`
  if (!header.trim().startsWith(prefix)) throw coreErrors.PRECONDITION_FAILED()
  return header.trim().slice(prefix.length, -1)
}

function digest(bytes: string | Buffer): string {
  return hash('sha256', bytes, 'base64url').slice(0, DIGEST_CHARACTERS)
}

const DIGEST_CHARACTERS = 22

function opaqueTags(header: string): readonly string[] {
  return (header.match(ENTITY_TAG) ?? []).map((tag) => (tag.startsWith('W/') ? tag.slice(2) : tag))
}

const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g
