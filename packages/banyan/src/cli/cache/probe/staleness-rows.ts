import type { Staleness } from './measure-staleness.ts'
import { isOver, type Place, type Sample } from './place.ts'

/** One place's distribution, beside its bound. */
export interface StalenessRow {
  readonly layer: string
  readonly where: string
  readonly boundMs: number
  readonly count: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly worstMs: number
  readonly staleLooks: number
  readonly over: number
  /** Writes before which there was a copy; `null`: the place need not keep any. */
  readonly held: number | null
  /** Samples up to each of `BUCKETS_MS` and above the one before; the last counts those beyond. */
  readonly buckets: readonly number[]
}

const BUCKETS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]

export function toRows({ samples }: Staleness): StalenessRow[] {
  return [...samples].map(([place, taken]) => toRow(place, taken))
}

function toRow(place: Place, samples: readonly Sample[]): StalenessRow {
  const sorted = samples.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0)
  return {
    layer: place.layer,
    where: place.where,
    boundMs: place.boundMs,
    count: samples.length,
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p99Ms: at(0.99),
    worstMs: at(1),
    staleLooks: samples.reduce((sum, { staleLooks }) => sum + staleLooks, 0),
    over: samples.filter((sample) => isOver(place, sample)).length,
    held: place.holds ? samples.filter(({ held }) => held).length : null,
    buckets: [...BUCKETS_MS, Number.POSITIVE_INFINITY].map(
      (bound, index, all) => sorted.filter((ms) => ms <= bound && ms > (all[index - 1] ?? -1)).length,
    ),
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}

/** Cells of a table: figures, and a column for each bucket that anything fell into, or that lies between such. */
export function toCells(rows: readonly StalenessRow[]): { head: readonly string[]; cells: readonly string[][] } {
  const used = BUCKETS_MS.map((_, index) => index).concat(BUCKETS_MS.length)
  const isUsed = (index: number) => rows.some(({ buckets }) => buckets[index]! > 0)
  const shown = used.slice(used.findIndex(isUsed), used.findLastIndex(isUsed) + 1)
  const head = ['layer', 'bound', 'over', 'p50', 'p90', 'p99', 'worst', ...shown.map(headOf), 'where']
  const cells = rows.map((row) => [
    row.layer,
    row.boundMs === 0 ? 'at once' : `${row.boundMs} ms`,
    `${row.over} of ${row.count}`,
    ...[row.p50Ms, row.p90Ms, row.p99Ms, row.worstMs].map(String),
    ...shown.map((index) => String(row.buckets[index])),
    row.where,
  ])
  return { head, cells }
}

function headOf(index: number): string {
  const bound = BUCKETS_MS[index]
  return bound === undefined ? `>${BUCKETS_MS.at(-1)} ms` : `≤${bound} ms`
}
