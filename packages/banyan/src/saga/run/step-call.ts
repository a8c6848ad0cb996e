import {
  type BanyanError,
  backoffMs,
  coreErrors,
  type FaultPoints,
  isDeclared,
  isError,
  type Clock,
  type Random,
} from '../../core/index.ts'
import { sagaErrors } from '../../command/index.ts'
import type { Call, Principal, Wire } from '../../contract/index.ts'
import type { Invocation } from '../definition.ts'
import { isFault, type Tracer } from '../../observe/index.ts'
import type { Lease } from '../lease.ts'
import type { RunningSaga } from '../record.ts'
import type { TimelineNote } from './recorder.ts'
import type { Waits } from './waits.ts'

export interface StepCallerOptions {
  readonly wire: Wire
  readonly principal: Principal
  readonly clock: Clock
  readonly random: Random
  readonly tracer: Tracer
  readonly faults: FaultPoints
  readonly waits: Waits
  /** Aborts when the process stops. */
  readonly signal: AbortSignal
  readonly leaseOf: (saga: RunningSaga) => Lease
  readonly note: (saga: RunningSaga, entry: TimelineNote) => void
  /** Deadline of one attempt. Default 5,000 ms. */
  readonly attemptTimeoutMs: number
  /** Then the saga needs attention. Default 70, about ten minutes. */
  readonly maxAttempts: number
}

export interface StepCall {
  readonly saga: RunningSaga
  readonly step: string
  /** `sagaId/step`, or another one for its compensation: equal for every attempt. */
  readonly key: string
  readonly invocation: Invocation
  /** Time of the saga's database after which no further attempt begins; `null`: only `maxAttempts` bounds it. */
  readonly until: number | null
}

/** Which attempt led to the answer, and how long it took. */
export type Tried = Pick<TimelineNote, 'attempt' | 'ms'>

export type StepResult =
  | ({ readonly kind: 'done'; readonly data: unknown } & Tried)
  | ({ readonly kind: 'refused'; readonly error: BanyanError } & Tried)
  | { readonly kind: 'expired' }

/** This process does not act for the saga any more: it was taken over, has ended, or the process is stopping. */
export class Superseded extends Error {}

/** Bounded retries are used up, or repeating cannot help. */
export class NeedsAttention extends Error {
  readonly step: string
  constructor(step: string, why: string, options?: ErrorOptions) {
    super(`${step} ${why}`, options)
    this.step = step
  }
}

/**
 * Makes one step happen: the same call with the same key until there is an answer.
 * @throws Superseded, NeedsAttention
 */
export async function callStep(options: StepCallerOptions, step: StepCall): Promise<StepResult> {
  for (let attempt = 1; ; attempt++) {
    if (step.until !== null && options.leaseOf(step.saga).databaseNowMs() >= step.until) return { kind: 'expired' }
    assertActing(options, step.saga)
    const { answer, ms } = await callOnce(options, step, attempt)
    if (answer.status === 'fulfilled') {
      options.waits.wake(serviceOf(step))
      return { kind: 'done', data: answer.value, attempt, ms }
    }
    const error: unknown = answer.reason
    const refusal = refusalOf(error, step)
    if (refusal) return { kind: 'refused', error: refusal, attempt, ms }
    options.note(step.saga, { step: step.step, kind: 'failed', attempt, ms, code: codeOf(error) })
    if (attempt >= options.maxAttempts) {
      throw new NeedsAttention(step.step, `failed ${attempt} times, last with ${codeOf(error)}`, { cause: error })
    }
    await options.waits.sleep(serviceOf(step), backoffMs(BACKOFF, attempt - 1, options.random), options.signal)
  }
}

/** One attempt, a client span of its own in the trace of the command that began the saga. */
async function callOnce(options: StepCallerOptions, step: StepCall, attempt: number) {
  const { operation, input } = step.invocation
  const { name, id, fence, traceParent } = step.saga.record
  const span = options.tracer.join(`${name} ${step.step}`, {
    parent: traceParent,
    kind: 'client',
    attributes: { 'banyan.saga.id': id, 'banyan.saga.attempt': attempt, 'banyan.saga.fence': fence },
  })
  try {
    const { data } = await options.wire.call(operation, input, callOf(options, step, span.traceParent))
    span.end()
    return { answer: { status: 'fulfilled', value: data }, ms: toTenths(span.durationMs) } as const
  } catch (error) {
    if (isFault(error)) span.fail(error)
    else span.set('error.type', codeOf(error))
    span.end()
    return { answer: { status: 'rejected', reason: error }, ms: toTenths(span.durationMs) } as const
  }
}

function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10
}

/** A final refusal, or `null` where the same call may yet succeed. */
function refusalOf(error: unknown, step: StepCall): BanyanError | null {
  if (!isDeclared(error)) return null
  if (isError(error, sagaErrors.FENCED)) throw new Superseded(error.message)
  // It says that a clock or a setting is wrong, nothing of the step: sagas were parked for good while a clock was minutes ahead.
  if (error.grpc === 'UNAUTHENTICATED') return null
  if (isError(error, coreErrors.KEY_REUSED) || isError(error, coreErrors.INVALID_INPUT)) {
    throw new NeedsAttention(step.step, `cannot be called as its definition asks: ${error.message}`, { cause: error })
  }
  return error.retry === 'never' ? error : null
}

function assertActing(options: StepCallerOptions, saga: RunningSaga): void {
  if (options.signal.aborted) throw new Superseded('the process is stopping')
  if (saga.isSuperseded) throw new Superseded('this process goes on with it under a new fence')
  if (!options.leaseOf(saga).isHeld()) throw new Superseded('the process could not renew its lease in time')
}

function callOf(options: StepCallerOptions, { saga, step, key }: StepCall, traceParent: string): Call {
  return {
    principal: options.principal,
    key,
    deadlineAtMs: options.clock.monotonicMs() + options.attemptTimeoutMs,
    signal: options.signal,
    requestId: key,
    traceParent,
    saga: { id: saga.record.id, step, fence: saga.record.fence },
    waitMs: options.attemptTimeoutMs,
    ifMatch: null,
  }
}

function serviceOf(step: StepCall): string {
  return step.invocation.operation.split('.')[0]!
}

function codeOf(error: unknown): string {
  return isDeclared(error) ? error.code : coreErrors.INTERNAL.code
}

const BACKOFF = { firstMs: 200, capMs: 10_000 }
