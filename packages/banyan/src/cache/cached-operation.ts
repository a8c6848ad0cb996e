import { invalidationsOf, type CachePolicy, type Positions } from '../contract/index.ts'
import type { Random } from '../core/index.ts'
import { NOTHING } from './answer.ts'

/** What is known of one operation whose answers are kept. */
export interface CachedOperation {
  /** `products.getProduct` */
  readonly id: string
  /** Whose events end an answer, by service; none: only age does. */
  readonly producers: readonly string[]
  /** Whose logs say how new an answer is: its own service's, and those producers'. */
  readonly sources: readonly string[]
  /** Of what a reader has seen, that which is of those logs. */
  relevant(after: Positions): Positions
  /** Oldest that an answer may be shown at, milliseconds; `null` data: the same for "there is no such thing". */
  readonly maxAgeMs: number
  readonly negativeMaxAgeMs: number
  readonly staleIfErrorMs: number
  tagsOf(input: Input): readonly string[]
  /** Two inputs that mean the same have one key, whatever their order. */
  keyOf(input: Input): string
}

export type Input = Readonly<Record<string, unknown>>

/** @param id `products.getProduct` */
export function createCachedOperation(id: string, { tags, application }: CachePolicy): CachedOperation {
  const { strategy, maxAgeSeconds, negativeMaxAgeSeconds = 1, staleIfErrorSeconds = 0 } = application!
  const producers = [...new Set(Object.keys(invalidationsOf(strategy)).map(serviceOf))]
  const sources = new Set([...producers, serviceOf(id)])
  return {
    id,
    producers,
    sources: [...sources],
    relevant: (after) => pick(after, sources),
    maxAgeMs: maxAgeSeconds * 1_000,
    negativeMaxAgeMs: negativeMaxAgeSeconds * 1_000,
    staleIfErrorMs: staleIfErrorSeconds * 1_000,
    tagsOf: (input) => tags(input as never),
    keyOf: (input) => keyOf(id, input),
  }
}

/** `products` of `products.getProduct` and `products.product-changed.v1`. */
function serviceOf(name: string): string {
  return name.slice(0, name.indexOf('.'))
}

/** Logs are named `products/0/1`. */
function pick(after: Positions, services: ReadonlySet<string>): Positions {
  const picked = Object.entries(after).filter(([log]) => services.has(log.slice(0, log.indexOf('/'))))
  return picked.length === 0 ? NOTHING : Object.fromEntries(picked)
}

/** A field is named and its value written as JSON, so that no two inputs run together. */
function keyOf(id: string, input: Input): string {
  const names = Object.keys(input)
  if (names.length > 1) names.sort()
  let key = id
  for (const name of names) if (input[name] !== undefined) key += ` ${name}=${textOf(input[name])}`
  return key
}

/** What a key was made of; `null`: it is no key. */
export function parseKey(key: string): { readonly id: string; readonly input: Input } | null {
  const [id = ''] = /^[\w.-]+/.exec(key) ?? []
  const fields = [...key.slice(id.length).matchAll(FIELD)]
  const read = fields.reduce((sum, [text]) => sum + text.length, id.length)
  if (read < key.length) return null
  try {
    return { id, input: Object.fromEntries(fields.map(([, name, value]) => [name, JSON.parse(value!)])) }
  } catch {
    return null
  }
}

/** JSON as `JSON.stringify` writes it has spaces nowhere but within texts. */
const FIELD = / (\w+)=((?:"(?:[^"\\]|\\.)*"|[^" ])+)/gy

/** Most values are ids; written as JSON each would cost 100 ns. */
function textOf(value: unknown): string {
  return typeof value === 'string' && PLAIN.test(value) ? `"${value}"` : JSON.stringify(value)
}

const PLAIN = /^[\w.:-]*$/

/**
 * How long an answer counts as fresh: spread over a fifth below the bound, so that what was filled together does not end together.
 */
export function jitter(maxAgeMs: number, random: Random): number {
  return maxAgeMs * (0.8 + 0.2 * random.unit())
}

/**
 * True for one of those who come shortly before an answer ends: that one reads it again while the others are still answered.
 * XFetch with β = 1 (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, VLDB 2015).
 */
export function isDueEarly({ leftMs, fillMs }: { leftMs: number; fillMs: number }, random: Random): boolean {
  return leftMs <= -fillMs * Math.log(1 - random.unit())
}
