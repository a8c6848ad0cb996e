import { fileURLToPath } from 'node:url'
import type { Clock } from '../../core/index.ts'
import { createFilesPurge } from './files-purge.ts'
import { createHttpPurge } from './http-purge.ts'
import type { TagPurge } from './tag-purge.ts'

export interface PurgesOptions {
  /** Each cache in front, separated by commas: `http://…` or `file:///…`. */
  readonly urls: readonly string[]
  readonly method?: string
  readonly header?: string
  /** `Fastly-Key: …` or the token of `Authorization: Bearer …`. */
  readonly token?: string
  readonly tagHeader?: string
  readonly clock: Clock
}

/** One for each cache in front of the gateway. */
export function openPurges({ urls, method, header, token, tagHeader, clock }: PurgesOptions): readonly TagPurge[] {
  const credential = token === undefined ? null : parseCredential(token)
  return urls.map((url) =>
    url.startsWith('file:')
      ? createFilesPurge({ folder: fileURLToPath(url), tagHeader })
      : createHttpPurge({ url, method, header, credential, clock }),
  )
}

const MAX_CACHES = 16

/** Reads `CDN_PURGE_URL`. @throws Error that says what is allowed */
export function parsePurgeUrls(text: string): readonly string[] {
  const urls = text.split(',').map((url) => url.trim())
  if (urls.length <= MAX_CACHES && urls.every(isPurgeUrl)) return urls
  throw new Error(
    `must be at most ${MAX_CACHES} of http://host:port/path, https:// or file:///folder, without user, separated by commas`,
  )
}

function isPurgeUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && ['http:', 'https:', 'file:'].includes(url.protocol) && url.username === ''
}

function parseCredential(token: string): readonly [string, string] {
  const named = /^([A-Za-z][A-Za-z0-9-]*): *(.+)$/.exec(token)
  return named ? [named[1]!, named[2]!] : ['Authorization', `Bearer ${token}`]
}
