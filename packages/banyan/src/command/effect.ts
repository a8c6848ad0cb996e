import type { Call, Command, Reply } from '../contract/index.ts'
import { noFaults, type FaultPoints } from '../core/index.ts'
import { afterCommit } from './lane/after-commit.ts'
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

interface Parts<Input, Output> {
  prepare(input: Input, call: Call): Promise<Reply<Prepared<Output, unknown>>>
  perform(intent: unknown, call: Call): Promise<unknown>
  settle(settlement: Settlement<Input, unknown, unknown>, call: Call): Promise<Reply<Output>>
}

/** Where its fault points are. */
interface FaultPlace {
  readonly operation: string
  readonly faults: FaultPoints
}

const NOWHERE: FaultPlace = { operation: '', faults: noFaults }

/**
 * Runs the three parts. A repeat finds the intent that `prepare` recorded and sends it again under the same outside
 * key; when `perform` throws, the intent stays open and the caller may come back with the same key.
 */
export function inThreeParts<Input, Output>(parts: Parts<Input, Output>, { operation, faults }: FaultPlace = NOWHERE) {
  return async (input: Input, call: Call): Promise<Reply<Output>> => {
    const prepared = await parts.prepare(input, call)
    if (prepared.data.kind === 'done') return { ...prepared.data.reply, replayed: prepared.replayed }
    const { intent } = prepared.data
    if (faults.isArmed) await faults.reach('effect.intent-recorded', operation)
    const answer = await afterCommit(parts.perform(intent, call))
    if (faults.isArmed) await faults.reach('effect.performed', operation)
    const settled = await afterCommit(parts.settle({ input, intent, answer }, call))
    return { ...settled, replayed: prepared.replayed || settled.replayed }
  }
}

/** The operation as its `settle` runs it: under the input that `prepare` saw, remembered by the domain row. */
export function toSettle(operation: Command): Command {
  const shardKey = operation.shardKey
  return {
    ...operation,
    http: null,
    outcome: 'domain',
    shardKey: shardKey && ((settlement: never) => shardKey((settlement as Settlement<never, unknown, unknown>).input)),
  }
}
