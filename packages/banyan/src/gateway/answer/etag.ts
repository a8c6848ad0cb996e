import { hash } from 'node:crypto'
import { coreErrors } from '../../core/index.ts'
import { CODINGS, tagOfCoding, takesCoding, withoutCoding } from './compression.ts'
import type { BodyEncoding } from '../exchange.ts'
import { gatewayErrors } from '../gateway-errors.ts'

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

/**
 * The tag by which the client has its copy, if that is the present one; `null`: it has another. A copy in a coding that this request
 * does not take is none: a shared cache would show it to a client that cannot read it. A weak tag says that the coding is undone.
 */
export function findHit(header: string | undefined, tag: string, acceptEncoding: string | undefined): string | null {
  if (header === undefined) return null
  if (isNoneMatchHit(header, tag)) return tag
  for (const coding of CODINGS) {
    const coded = tagOfCoding(tag, coding)
    if (!header.includes(coded)) continue
    if (takesCoding(acceptEncoding, coding) ? isNoneMatchHit(header, coded) : namesWeakly(header, coded)) return coded
  }
  return null
}

/** True when the client's copy is the present one: 304. Weak comparison (RFC 9110 13.1.2), `*` matches anything. */
export function isNoneMatchHit(header: string, tag: string): boolean {
  if (header === tag) return true
  return header.trim() === '*' || opaqueTags(header).includes(tag)
}

/**
 * The versions that `If-Match` names, as the service knows them: `"v2-p17", "v2-p18"` → `p17 p18`; `null` for `*`. Weak tags
 * and tags of another API version name no bytes of this one, so they match nothing (RFC 9110 13.1.1: strong comparison).
 * @throws `api.PRECONDITION_FAILED` when none is left.
 * @throws `api.INVALID_HEADER` for what is no list of tags, and for more than 32.
 */
export function parseIfMatch(header: string, apiVersion: number): string | null {
  const text = header.trim()
  if (text === '*') return null
  const tags = text.match(ENTITY_TAG) ?? []
  if (!TAG_LIST.test(text) || tags.length > MAX_TAGS) {
    const expected = `1 to ${MAX_TAGS} entity tags in double quotes, separated by commas, or *`
    throw gatewayErrors.INVALID_HEADER({ header: 'If-Match', received: header.slice(0, 100), expected })
  }
  const prefix = `"v${apiVersion}-`
  const own = tags.filter((tag) => tag.startsWith(prefix))
  const versions = own.map((tag) => withoutCoding(tag.slice(prefix.length, -1)))
  if (versions.length === 0) throw coreErrors.PRECONDITION_FAILED()
  return versions.join(' ') // a tag holds no space
}

const MAX_TAGS = 32

function digest(bytes: string | Buffer): string {
  return hash('sha256', bytes, 'base64url').slice(0, DIGEST_CHARACTERS)
}

const DIGEST_CHARACTERS = 22

function namesWeakly(header: string, tag: string): boolean {
  const weak = `W/${tag}`
  return header.match(ENTITY_TAG)?.some((one) => one === weak) ?? false
}

function opaqueTags(header: string): readonly string[] {
  return (header.match(ENTITY_TAG) ?? []).map((tag) => (tag.startsWith('W/') ? tag.slice(2) : tag))
}

const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g
// Empty elements are allowed in any list (RFC 9110 5.6.1).
const TAG_LIST =
  /^(?:[ \t]*,)*[ \t]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:[ \t]*,(?:[ \t]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")?)*[ \t]*$/
