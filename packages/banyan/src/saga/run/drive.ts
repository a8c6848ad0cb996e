import type { BanyanError, ErrorJson } from '../../core/index.ts'
import type { Invocation, SagaDefinition, StepScope } from '../definition.ts'
import type { RunningSaga } from '../record.ts'
import { sagaEngineErrors } from '../saga-errors.ts'
import { callStep, NeedsAttention, type StepCallerOptions, type StepResult, type Tried } from './step-call.ts'

export interface DriveOptions extends StepCallerOptions {
  /** The write that turns back. @throws Superseded where the saga has moved on. */
  readonly turnBack: (saga: RunningSaga, reason: ErrorJson, turnedAt: number) => Promise<void>
}

/** One saga on its way. */
interface Journey {
  readonly options: DriveOptions
  readonly definition: SagaDefinition
  readonly saga: RunningSaga
  /** What the steps answered; empty again after a take-over, until they have answered again. */
  readonly results: Record<string, unknown>
}

/**
 * Runs a saga to its end, from its beginning: every step that ran before answers what it answered then.
 * @throws Superseded, NeedsAttention
 */
export async function drive(options: DriveOptions, definition: SagaDefinition, saga: RunningSaga): Promise<void> {
  const journey = { options, definition, saga, results: {} }
  const completed = saga.record.status === 'running' && (await forward(journey))
  if (!completed) await backward(journey)
}

/** Answers whether the saga completed; else it has turned back. */
async function forward(journey: Journey): Promise<boolean> {
  const { definition, options, results, saga } = journey
  for (const [index, { name, step }] of definition.steps.entries()) {
    const result = await runStep(journey, name, step.run(scopeOf(journey)))
    if (result.kind !== 'done') return turnBack(journey, { step: name, index, result })
    options.note(saga, { step: name, kind: 'ran', ...triedOf(result) })
    results[name] = result.data
  }
  const result = await runStep(journey, 'complete', definition.ends.complete(scopeOf(journey)))
  return result.kind === 'done' || turnBack(journey, { step: 'complete', index: definition.steps.length, result })
}

async function runStep(
  { options, definition, saga }: Journey,
  step: string,
  wanted: Invocation | { readonly kind: 'refusal'; readonly error: BanyanError },
): Promise<StepResult> {
  if (wanted.kind === 'refusal') return { kind: 'refused', error: wanted.error, attempt: 1 }
  const { id, deadlineAt } = saga.record
  const { faults } = options
  const subject = `${definition.name}/${step}`
  if (faults.isArmed) await faults.reach('saga.step-before', subject)
  const call = { saga, step, key: `${id}/${step}`, invocation: wanted, until: deadlineAt }
  const result = await callStep(options, call)
  if (faults.isArmed) await faults.reach('saga.step-after', subject)
  return result
}

interface Failure {
  readonly step: string
  readonly index: number
  readonly result: Exclude<StepResult, { kind: 'done' }>
}

/**
 * Compensation begins with this step when it may have run, with the one before when it certainly did not. Whoever goes on with what
 * another has begun undoes all steps: past the deadline the first is not even asked, and the money of the last may have been taken.
 */
async function turnBack({ definition, options, saga }: Journey, { step, index, result }: Failure): Promise<false> {
  const refusal = result.kind === 'refused' ? result.error : null
  if (!definition.ends.abandon) {
    throw new NeedsAttention(step, `cannot turn back: ${refusal?.message ?? 'its deadline has passed'}`)
  }
  const reason = refusal ?? sagaEngineErrors.DEADLINE_PASSED({ sagaId: saga.record.id, step })
  const tried = result.kind === 'refused' ? triedOf(result) : { attempt: 1 }
  options.note(saga, { step, kind: refusal ? 'refused' : 'turned-back', ...tried, code: reason.code })
  const lastOwn = refusal?.effect === 'not-applied' ? index - 1 : index
  await options.turnBack(saga, reason.toJSON(), saga.isFirstRun ? lastOwn : definition.steps.length - 1)
  if (options.faults.isArmed) await options.faults.reach('saga.turned-back', definition.name)
  return false
}

async function backward(journey: Journey): Promise<void> {
  const { definition, options, saga } = journey
  const last = Math.min(saga.record.turnedAt!, definition.steps.length - 1)
  for (let index = last; index >= 0; index--) {
    const { name, step } = definition.steps[index]!
    if (!step.compensate) continue
    const tried = await insist(journey, `${name}~compensate`, step.compensate(scopeOf(journey)))
    options.note(saga, { step: name, kind: 'compensated', ...tried })
  }
  const scope = { ...scopeOf(journey), reason: saga.record.reason! }
  await insist(journey, 'abandon', definition.ends.abandon!(scope as never))
}

/** Undoing has no other way out: a refusal needs a human. */
async function insist({ options, definition, saga }: Journey, step: string, invocation: Invocation): Promise<Tried> {
  const { faults } = options
  const key = `${saga.record.id}/${step}`
  const subject = `${definition.name}/${step.replace('~compensate', '')}`
  if (faults.isArmed) await faults.reach('saga.compensation-before', subject)
  const result = await callStep(options, { saga, step, key, invocation, until: null })
  if (faults.isArmed) await faults.reach('saga.compensation-after', subject)
  if (result.kind === 'done') return triedOf(result)
  const cause = result.kind === 'refused' ? result.error : undefined
  throw new NeedsAttention(step, `was refused: ${cause?.message ?? 'it expired'}`, { cause })
}

function triedOf({ attempt, ms }: Tried): Tried {
  return ms === undefined ? { attempt } : { attempt, ms }
}

function scopeOf({ saga, results }: Journey): StepScope<never, never> {
  return { input: saga.record.input as never, results: results as never }
}
