import type { Call, Reply } from '../contract/index.ts'
import type { BanyanError } from '../core/index.ts'
import type { Session, Writer } from '../data/index.ts'
import type { NewEvent } from '../log/index.ts'
import type { Outcome, SagaEnd, SagaStart } from './saga-hooks.ts'

/** One command of a batch, as `load` and `decide` see it. Time and ids are handed in: `decide` stays pure. */
export interface CommandItem<Input, Precomputed = undefined> {
  readonly input: Input
  readonly call: Call
  /** What `precompute` made of the input; undefined without one. */
  readonly precomputed: Precomputed
  /** Wall time of the batch, ISO 8601, the same for all its items. */
  readonly now: string
  /** A fresh id that carries its user: `newId('ord', '42')`. */
  readonly newId: (prefix: string, userId: string) => string
}

/**
 * What `decide` answers.
 * - `accept`: reply, changes and events, committed together. No changes: the domain row already held the outcome.
 * - `refuse`: a declared error. It is an outcome: a repeat of the key gets it again. Its changes are those that must
 *   stay although the answer is no (a declined charge, a spent refresh token that ends its session); almost always none.
 */
export type Decision<Output, Change> =
  | Acceptance<Output, Change>
  | {
      readonly kind: 'refuse'
      readonly error: BanyanError
      readonly changes: readonly Change[]
      readonly events: readonly NewEvent[]
    }

export interface Acceptance<Output, Change> {
  readonly kind: 'accept'
  readonly reply: Reply<Output>
  readonly changes: readonly Change[]
  readonly events: readonly NewEvent[]
  /** A saga to begin, to end or to wait for: `{ ...accept(…), saga }`. */
  readonly saga: SagaStart | SagaEnd | SagaJoin | null
}

/** The answer waits for the end of a saga that another command started. */
export interface SagaJoin {
  readonly kind: 'join'
  readonly id: string
}

/**
 * A command as four functions over a whole batch: `load` locks and reads set-based, `decide` and `evolve` fold the items in
 * order of arrival, `save` writes set-based. A single call is a batch of one.
 */
export interface CommandHandler<Input, Output, State, Change, Precomputed = undefined> {
  /** Slow work before the batch and outside any transaction, e.g. hashing a password. It records nothing, unlike an effect's `prepare`. */
  precompute?(input: Input, call: Call): Promise<Precomputed>
  /** Locks rows in key order (unordered locks deadlock) and reads what the items need. Never writes domain rows. */
  load(tx: Session, items: readonly CommandItem<Input, Precomputed>[]): Promise<State>
  /**
   * What `load` would find if nothing that the batch is about were there yet. With it a batch is written in one flush, without
   * reading first. Every decision on this state, a refusal too, must hold in any other, or come with a write that fails where the state is
   * another one: a plain INSERT under a unique key. Default: every batch reads first.
   */
  presume?(): State
  /** Pure. Sees the state as the earlier items of the batch left it. */
  decide(state: State, item: CommandItem<Input, Precomputed>): Decision<Output, Change>
  /** Carries one accepted change into the working state, for the items that follow. */
  evolve(state: State, change: Change): void
  /** Writes all changes of the batch, set-based; goes out in one flush with the outcomes, the events and COMMIT. */
  save(tx: Writer, changes: readonly Change[], state: State): void
  /**
   * After the end of the saga that the decision started or joined: the answer, where it is not simply the saga's.
   * Must give the same for every repeat.
   */
  finish?(session: Session, input: Input, outcome: Outcome): Promise<Outcome>
}

export function accept<Output, Change>(
  reply: Reply<Output>,
  changes: readonly Change[] = [],
  events: readonly NewEvent[] = [],
): Acceptance<Output, Change> {
  return { kind: 'accept', reply, changes, events, saga: null }
}

export function refuse<Change = never>(
  error: BanyanError,
  changes: readonly Change[] = [],
  events: readonly NewEvent[] = [],
): Decision<never, Change> {
  return { kind: 'refuse', error, changes, events }
}
