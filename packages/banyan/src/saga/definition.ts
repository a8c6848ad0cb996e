import type { Static, TSchema } from 'typebox'
import type { Contract, InputOf, OutputOf } from '../contract/index.ts'
import type { BanyanError, ErrorJson } from '../core/index.ts'

/** A call that a step wants made: data, so that asking twice gives the same (a saga's steps are pure). */
export interface Invocation<Output = unknown> {
  readonly kind: 'invoke'
  readonly operation: string
  readonly input: unknown
  /** Only for inference; never set. */
  readonly output?: Output
}

/** Names one operation of a contract with its input. */
export function invoke<C extends Contract, Name extends keyof C['operations'] & string>(
  contract: C,
  name: Name,
  input: InputOf<C['operations'][Name]>,
): Invocation<OutputOf<C['operations'][Name]>> {
  return { kind: 'invoke', operation: `${contract.name}.${name}`, input }
}

/** A step that refuses by itself, before any call: the saga turns back with this error as its reason. */
export interface Refusal {
  readonly kind: 'refusal'
  readonly error: BanyanError
}

export function refuseStep(error: BanyanError): Refusal {
  return { kind: 'refusal', error }
}

export interface StepScope<Input, Results> {
  readonly input: Input
  /** What the earlier steps answered, by step name. */
  readonly results: Results
}

/** A step either says how it is undone or why it cannot be. The compiler refuses neither and both. */
export type Step<Input, Results, Output> = {
  readonly run: (scope: StepScope<Input, Results>) => Invocation<Output> | Refusal
} & (
  | {
      /** Also called when `run` may never have happened: it then leaves a tombstone. */
      readonly compensate: (scope: StepScope<Input, Partial<Results>>) => Invocation
      readonly irreversible?: never
    }
  | { readonly irreversible: string; readonly compensate?: never }
)

/** Both ends are commands of the owner that write the saga's end in their own transaction. */
export interface SagaEnds<Input, Results> {
  /** May refuse with a declared error: then the saga turns back. */
  readonly complete: (scope: StepScope<Input, Results>) => Invocation
  /**
   * Called after the last compensation. `reason`: why the saga turned back. Absent: this saga only goes forward, and a
   * refusal on its way needs attention.
   */
  readonly abandon?: (scope: StepScope<Input, Partial<Results>> & { readonly reason: ErrorJson }) => Invocation
}

export interface SagaOptions<Input extends TSchema> {
  /** `orders.checkout` */
  readonly name: string
  /** Raised when steps change. Old versions stay registered until no saga uses them. */
  readonly version: number
  readonly input: Input
  /** After this long a running saga turns back, milliseconds. `null`: never (cancellations only go forward). */
  readonly deadlineMs: number | null
}

/** A finished definition, as the engine runs it (types erased: they were checked where it was built). */
export interface SagaDefinition {
  readonly name: string
  readonly version: number
  readonly input: TSchema
  readonly deadlineMs: number | null
  readonly steps: readonly NamedStep[]
  readonly ends: SagaEnds<never, never>
}

export interface NamedStep {
  readonly name: string
  readonly step: Step<never, never, unknown>
}

export interface SagaBuilder<Input, Results> {
  step<const Name extends string, Output>(
    name: Name,
    step: Step<Input, Results, Output>,
  ): SagaBuilder<Input, Results & { readonly [key in Name]: Output }>
  ends(ends: SagaEnds<Input, Results>): SagaDefinition
}

/** `defineSaga({...}).step('reserve', {...}).step('charge', {...}).ends({...})` */
export function defineSaga<Input extends TSchema>(options: SagaOptions<Input>): SagaBuilder<Static<Input>, object> {
  return build(options, [])
}

function build<Input extends TSchema, Results>(
  options: SagaOptions<Input>,
  steps: readonly NamedStep[],
): SagaBuilder<Static<Input>, Results> {
  return {
    step(name, step) {
      return build(options, [...steps, { name, step: step as unknown as NamedStep['step'] }])
    },
    ends(ends) {
      return Object.freeze({ ...options, steps, ends: ends as unknown as SagaEnds<never, never> })
    },
  }
}
