import type { Call, Command, Contract, InputOf, OutputOf, Query, Reply } from '../contract/index.ts'
import type { EffectHandler } from './effect.ts'
import type { CommandHandler } from './handler.ts'

/** How a service carries out one operation of its contract. */
export type OperationHandler<Input, Output> =
  | { readonly kind: 'query'; readonly run: (input: Input, call: Call) => Promise<Reply<Output>> }
  | { readonly kind: 'command'; readonly handler: AnyCommandHandler<Input, Output> }
  | { readonly kind: 'effect'; readonly handler: AnyEffectHandler<Input, Output> }

// The state, change and precomputed types are private to each handler; nobody outside it looks inside.
// eslint-disable-next-line typescript/no-explicit-any
export type AnyCommandHandler<Input, Output> = CommandHandler<Input, Output, any, any, any>
// eslint-disable-next-line typescript/no-explicit-any
export type AnyEffectHandler<Input, Output> = EffectHandler<Input, Output, any, any, any, any, any, any>

/** A handler for each operation of the contract: the compiler names the one that is missing. */
export type Handlers<C extends Contract> = {
  readonly [Name in keyof C['operations']]: OperationHandler<
    InputOf<C['operations'][Name]>,
    OutputOf<C['operations'][Name]>
  > &
    (C['operations'][Name] extends Query
      ? { kind: 'query' }
      : C['operations'][Name] extends Command
        ? { kind: 'command' | 'effect' }
        : never)
}

export function query<Input, Output>(run: (input: Input, call: Call) => Promise<Reply<Output>>) {
  return { kind: 'query', run } as const
}

export function command<Input, Output, State, Change, Precomputed>(
  handler: CommandHandler<Input, Output, State, Change, Precomputed>,
) {
  return { kind: 'command', handler } as {
    readonly kind: 'command'
    readonly handler: AnyCommandHandler<Input, Output>
  }
}

export function effect<Input, Output, Intent, Answer, PS, PC, SS, SC>(
  handler: EffectHandler<Input, Output, Intent, Answer, PS, PC, SS, SC>,
) {
  return { kind: 'effect', handler } as { readonly kind: 'effect'; readonly handler: AnyEffectHandler<Input, Output> }
}
