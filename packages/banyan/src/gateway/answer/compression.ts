import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { BodyEncoding } from '../exchange.ts'

export const CODINGS = ['br', 'gzip'] as const
export type Coding = (typeof CODINGS)[number]

/** Smaller bodies gain nothing: they fit into one packet as they are. */
const MIN_BYTES = 1_024
/** A page of a list is 40 KB. Larger bodies would hold up the event loop for milliseconds. */
const MAX_BYTES = 524_288

export interface CodedBody {
  readonly coding: Coding
  readonly bytes: Buffer
}

/**
 * The body in the coding that the client likes best; `null`: as it is.
 *
 * Only for what anybody may see. Where an answer holds what only its reader may know beside what a stranger chose, its length
 * gives the secret away letter by letter (BREACH); answers with names and tokens stay as they are.
 *
 * In place and not in libuv's threads, which hash passwords: a page of 20 products costs 0.1 ms, one of 100 0.4 ms, and becomes
 * 14 and 23 times smaller (brotli 4, Node 24.21; level 5 takes three times as long, gzip is larger at the same cost).
 */
export function compress(body: string, encoding: BodyEncoding, acceptEncoding: string | undefined): CodedBody | null {
  if (!isWorthCompressing(body.length)) return null
  const coding = chooseCoding(acceptEncoding)
  if (coding === null) return null
  const plain = Buffer.from(body, encoding)
  return { coding, bytes: coding === 'br' ? brotliCompressSync(plain, brotliFor(plain)) : gzipSync(plain, GZIP) }
}

export function isWorthCompressing(length: number): boolean {
  return length >= MIN_BYTES && length <= MAX_BYTES
}

const GZIP = { level: 4 } as const

function brotliFor({ length }: Buffer) {
  return { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: length } }
}

/** RFC 9110 12.5.3: the highest weight wins, brotli among equals; 0 forbids, and `*` stands for what is not named. */
export function chooseCoding(acceptEncoding: string | undefined): Coding | null {
  if (acceptEncoding === undefined) return null
  const weightOf = createWeights(acceptEncoding)
  const [br, gzip] = [weightOf('br'), weightOf('gzip')]
  const best = gzip > br ? 'gzip' : 'br'
  return Math.max(br, gzip) > 0 ? best : null
}

export function takesCoding(acceptEncoding: string | undefined, coding: Coding): boolean {
  return acceptEncoding !== undefined && createWeights(acceptEncoding)(coding) > 0
}

function createWeights(acceptEncoding: string): (coding: Coding) => number {
  const weights = new Map(acceptEncoding.slice(0, MAX_CHARACTERS).split(',').map(readWeight))
  return (coding) => weights.get(coding) ?? weights.get('*') ?? 0
}

const MAX_CHARACTERS = 1_000

function readWeight(element: string): readonly [name: string, weight: number] {
  const [name = '', ...parameters] = element.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))
  return [name === 'x-gzip' ? 'gzip' : name, weight === undefined ? 1 : Number(weight.slice(2)) || 0]
}

/** Strong tags are of bytes, so each coding has its own: `"v2-p17"` → `"v2-p17-br"`. */
export function tagOfCoding(tag: string, coding: Coding): string {
  return `${tag.slice(0, -1)}-${coding}"`
}

/** What a tag of any coding is a tag of: `p17-br` → `p17`. */
export function withoutCoding(version: string): string {
  return version.replace(/-(?:br|gzip)$/, '')
}
