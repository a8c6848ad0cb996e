/** What caches may do with an operation's answer. `null`: private, revalidated every time. */
export interface CachePolicy {
  /** How long whoever asked may use the answer without asking again. */
  readonly maxAgeSeconds: number
  /** How long a shared cache may. */
  readonly sharedMaxAgeSeconds: number
  /** How long after that it may show the answer once more while it fetches the next. Default 0. */
  readonly staleWhileRevalidateSeconds?: number
  /** How long after that it may show the answer while the origin fails. Default 0. */
  readonly staleIfErrorSeconds?: number
  /**
   * Tags under which a CDN may purge the answer, and the gateway drops its own copy: letters, digits and `-`, `_`, `.`, `:`, at most
   * 128.
   */
  readonly tags: (input: never) => readonly string[]
  /**
   * Events that end the gateway's copies and are not worth a purge of the CDN's: those are then as old as they may be. Default none.
   */
  readonly notPurgedBy?: readonly string[]
  /** The gateway's own copies. Absent: it keeps none. */
  readonly application?: ApplicationCachePolicy
}

/** How long a gateway answers from its own copy, and what keeps that copy true. Only for what anyone may see. */
export interface ApplicationCachePolicy {
  readonly strategy: CacheStrategy
  /** Oldest that a copy may be, counted from before it was read: the bound on staleness, whatever gets lost. 1–3,600. */
  readonly maxAgeSeconds: number
  /** The same for "there is no such thing". 0: not kept. Default 1. */
  readonly negativeMaxAgeSeconds?: number
  /** How much older a copy may be that is shown because the service cannot answer. 0: none. Default 0. */
  readonly staleIfErrorSeconds?: number
}

/**
 * What makes a copy go before its time.
 * - `ttl`: nothing; a copy is read again shortly before it ends.
 * - `event`: events, taken from the logs of their producers, so that none is lost.
 * - `write-through`: events, too; and the answer of a command is the new copy, if its row versions are newer.
 */
export type CacheStrategy =
  | { readonly kind: 'ttl' }
  | { readonly kind: 'event'; readonly invalidatedBy: Invalidations; readonly rowOf?: RowsOfEvents }
  | {
      readonly kind: 'write-through'
      readonly invalidatedBy: Invalidations
      readonly rowOf?: RowsOfEvents
      /** By command of the same contract with the same output: the input under which the query would answer the same. */
      readonly writtenBy: Readonly<Record<string, (output: never) => Readonly<Record<string, unknown>>>>
    }

/** By full event type (`products.product-changed.v1`): the tags whose copies are old from then on. */
export type Invalidations = Readonly<Record<string, (payload: never) => readonly string[]>>

/**
 * By full event type: the row of the answer that the event is of, by its name in the versions (`p` of `p17.s903`), where the event's
 * version is the one that the row has had since. A copy that is as new includes the event and stays: above all the answer of the very
 * write that the event tells of. Whatever is kept under the event's tags must mean the same by that name.
 */
export type RowsOfEvents = Readonly<Record<string, string>>

/** What a strategy follows; `ttl` follows nothing. */
export function invalidationsOf(strategy: CacheStrategy): Invalidations {
  return strategy.kind === 'ttl' ? NONE : strategy.invalidatedBy
}

/** The row that an event of this type is of; `null`: not known. */
export function rowOfEvent(strategy: CacheStrategy, type: string): string | null {
  return strategy.kind === 'ttl' ? null : (strategy.rowOf?.[type] ?? null)
}

const NONE: Invalidations = Object.freeze({})
