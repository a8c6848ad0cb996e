import type { Positions } from '../contract/index.ts'
import type { StoredAnswer } from './answer.ts'

/** Where an answer is kept: its key, and what it can be dropped under. */
export interface Place {
  /** Operation and input. */
  readonly key: string
  readonly tags: readonly string[]
}

/** What a layer keeps. Ages count from before the answer was read, so that they bound how old its facts are. */
export interface Kept {
  readonly place: Place
  readonly answer: StoredAnswer
  /** Up to where the answer is known to include every event, by log. Of others that it may include nothing is said. */
  readonly includes: Positions
  readonly ageMs: number
  /** How long it counts as the answer, and how much longer as better than none. */
  readonly freshForMs: number
  readonly staleForMs: number
  /** How long reading it took. */
  readonly fillMs: number
}

/**
 * The right to store what is read from now on. It is lost when something under its tags is invalidated, when the layer is cleared,
 * when another takes it over, and in time: a fill that began before a change can then never land after it.
 */
export interface Lease {
  readonly place: Place
  readonly token: string
}

export type Opened =
  | { readonly kind: 'kept'; readonly kept: Kept }
  | { readonly kind: 'lease'; readonly lease: Lease }
  /** Another fills this key. */
  | { readonly kind: 'busy' }

/** Why a fill was not stored. `lost`: its lease had gone. `older`: a newer answer or a change is known that it does not include. */
export type Refusal = 'lost' | 'older'

/** What was changed: an event by its place in its log, or a write, whose place is not known and which nothing that was read includes. */
export type Cause =
  | { readonly kind: 'event'; readonly log: string; readonly position: number; readonly row?: RowVersion }
  /** `brought`: the answer that the writer was given, which stands in place of what it makes old. */
  | { readonly kind: 'write'; readonly brought: Brought | null }

/** A row that is at least at this version includes the event, wherever that stands in its log. */
export interface RowVersion {
  readonly name: string
  readonly version: number
}

export interface Brought {
  readonly kept: Kept
  /** Of the layer that is told; `null`: it has given none, and keeps nothing. */
  readonly right: WriteRight | null
}

/** What a layer knew of the tags before a command was sent, whose answer may be brought. */
export interface WriteRight {
  readonly tags: readonly string[]
  readonly token: string
}

/** One store of answers. All layers pass one suite: `cacheLayerSuite`. */
export interface CacheLayer {
  /**
   * The answer, if it may be shown to whoever has seen `after`; else the right to fill. `force`: although another has it, who may
   * thereby lose it.
   */
  open(place: Place, how: OpenHow): Later<Opened>
  /** `null`: nothing newer is known; it is stored where there is room for it. Ends the lease. */
  store(lease: Lease, kept: Kept): Later<Refusal | null>
  /** Ends a lease without an answer. */
  release(lease: Lease): Later<void>
  /**
   * Drops what stands under the tags and does not include the cause, neither by its positions nor by its row versions. Leaves a tombstone for as long as a fill may run: who began to
   * fill before a write, and whatever does not include an event, is not stored.
   *
   * What a writer brought is kept in the same step, if nothing under its tags was changed since the right was given, or if its rows are
   * newer than those of an answer that is good: in whatever order writes arrive, the newest stays.
   */
  invalidate(tags: readonly string[], cause: Cause): Later<void>
  /** To be asked before a command is sent. */
  beginWrite(tags: readonly string[]): Later<WriteRight>
  clear(): Later<void>
}

/** Memory answers at once. */
export type Later<T> = T | Promise<T>

export interface OpenHow {
  /** What the reader has seen of the logs. */
  readonly after: Positions
  readonly force: boolean
}

/** Longest that a fill may run and still be stored. */
export const MAX_FILL_MS = 30_000
