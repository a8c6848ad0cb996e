import { invalidationsOf, type CachePolicy } from '../contract/index.ts'
import type { Random } from '../core/index.ts'

/** What is known of one operation whose answers are kept. */
export interface CachedOperation {
  /** `products.getProduct` */
  readonly id: string
  /** Where its events come from, by service; none: only age ends an answer. */
  readonly producers: readonly string[]
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
  const types = Object.keys(invalidationsOf(strategy))
  return {
    id,
    producers: [...new Set(types.map((type) => type.slice(0, type.indexOf('.'))))],
    maxAgeMs: maxAgeSeconds * 1_000,
    negativeMaxAgeMs: negativeMaxAgeSeconds * 1_000,
    staleIfErrorMs: staleIfErrorSeconds * 1_000,
    tagsOf: (input) => tags(input as never),
    keyOf: (input) => keyOf(id, input),
  }
}

/** A field is named and its value written as JSON, so that no two inputs run together. */
function keyOf(id: string, input: Input): string {
  const names = Object.keys(input)
  if (names.length > 1) names.sort()
  let key = id
  for (const name of names) if (input[name] !== undefined) key += ` ${name}=${textOf(input[name])}`
  return key
}

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
