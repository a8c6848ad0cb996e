import type { Call, Reply } from '../contract/index.ts'
import type { CommandHandler } from './handler.ts'

/** What `prepare` leads to: the outcome is known already, or the outside must be called. */
export type Prepared<Output, Intent> =
  | { readonly kind: 'done'; readonly reply: Reply<Output> }
  | { readonly kind: 'perform'; readonly intent: Intent }

/** What `settle` is given. */
export interface Settlement<Input, Intent, Answer> {
  readonly input: Input
  readonly intent: Intent
  readonly answer: Answer
}

/**
 * A command whose effect lies outside the database (a card charge), in three parts:
 * `prepare` records the intent; `perform` sends it with the intent's id as the outside's idempotency key; `settle`
 * records the answer. A lost answer leaves the intent open; the same request with the same key resolves it.
 */
export interface EffectHandler<Input, Output, Intent, Answer, PrepareState, PrepareChange, SettleState, SettleChange> {
  readonly prepare: CommandHandler<Input, Prepared<Output, Intent>, PrepareState, PrepareChange>
  /** @throws BanyanError with effect `unknown` when the answer was lost; final refusals are answers, not errors. */
  perform(intent: Intent, call: Call): Promise<Answer>
  readonly settle: CommandHandler<Settlement<Input, Intent, Answer>, Output, SettleState, SettleChange>
}
