import type { Positions } from '../../contract/index.ts'
import type { StoredAnswer } from '../answer.ts'
import type { Kept, Place } from '../layer.ts'

/** A kept answer in memory. Mutable only where it grows: forms that were made of it, so that a hit makes nothing. */
export interface Entry<View = unknown> {
  readonly place: Place
  readonly answer: StoredAnswer
  readonly includes: Positions
  /** On the monotonic clock: before it was read. */
  readonly readAtMs: number
  readonly freshUntilMs: number
  readonly staleUntilMs: number
  readonly fillMs: number
  /** Ready forms of the answer, by name; `null`: nobody has asked twice. */
  views: Map<string, View> | null
  /** Of key, tags, answer and views. */
  bytes: number
}

export function toEntry<View>(kept: Kept, nowMs: number): Entry<View> {
  const readAtMs = nowMs - kept.ageMs
  const freshUntilMs = readAtMs + kept.freshForMs
  const { place, answer, includes, fillMs } = kept
  return {
    place,
    answer,
    includes,
    readAtMs,
    freshUntilMs,
    staleUntilMs: freshUntilMs + kept.staleForMs,
    fillMs,
    views: null,
    bytes: bytesOf(place, answer),
  }
}

/** Of an answer that stays: a part of a larger piece of memory would hold on to the whole, and Node cuts small buffers out of 8 KiB. */
export function withOwnBytes(answer: StoredAnswer): StoredAnswer {
  return answer.data === null ? answer : { ...answer, data: toOwnBytes(answer.data) }
}

function toOwnBytes(data: Uint8Array): Uint8Array {
  return data.byteLength === data.buffer.byteLength ? data : Buffer.from(new Uint8Array(data).buffer)
}

export function toKept({ place, answer, includes, ...entry }: Entry, nowMs: number): Kept {
  const { readAtMs, freshUntilMs, staleUntilMs, fillMs } = entry
  const ages = { ageMs: nowMs - readAtMs, freshForMs: freshUntilMs - readAtMs, staleForMs: staleUntilMs - freshUntilMs }
  return { place, answer, includes, fillMs, ...ages }
}

/**
 * An entry with its places in the least-recently-used list and in the index of tags, beside the texts that it holds. The tests fill
 * a cache and compare this with the heap.
 */
const ENTRY_BYTES = 1_024
/** A tag that nothing else has costs a set of its own. */
const TAG_BYTES = 320

export function bytesOf({ key, tags }: Place, { data }: StoredAnswer): number {
  // Two bytes a character at worst.
  const tagBytes = tags.reduce((sum, tag) => sum + tag.length * 2 + TAG_BYTES, 0)
  return ENTRY_BYTES + key.length * 2 + tagBytes + (data?.byteLength ?? 0)
}
