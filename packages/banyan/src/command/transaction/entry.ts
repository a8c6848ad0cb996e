import type { Reply } from '../../contract/index.ts'
import type { BanyanError } from '../../core/index.ts'
import type { QueuedItem } from '../lane/batcher.ts'
import type { CommandItem } from '../handler.ts'
import type { Outcome } from '../saga-hooks.ts'

/** A row of the key table that this command claims; `null` where the domain row is the outcome, or none is kept. */
export interface KeyClaim {
  readonly scope: string
  readonly key: string
  readonly fingerprint: Buffer
}

/** One command on its way through a batch. */
export interface Entry<Input = unknown, Precomputed = unknown> extends QueuedItem {
  readonly item: CommandItem<Input, Precomputed>
  readonly shardKey: string
  readonly claim: KeyClaim | null
  /** Advisory lock that keeps twins, and other attempts of the same saga, out of this transaction. */
  readonly lock: number
  readonly settle: (result: Result) => void
}

/**
 * How one command left its batch.
 * - `final`: committed, or found committed.
 * - `saga`: committed; the answer waits for this saga.
 * - `busy`: another process holds the claim; nothing was done.
 * - `failed`: rolled back, or its fate is unknown; `error.effect` says which.
 */
export type Result =
  | { readonly kind: 'final'; readonly outcome: Outcome; readonly replayed: boolean }
  | { readonly kind: 'saga'; readonly sagaId: string; readonly acceptance: Reply; readonly replayed: boolean }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly error: BanyanError }

export function failed(error: BanyanError): Result {
  return { kind: 'failed', error }
}
