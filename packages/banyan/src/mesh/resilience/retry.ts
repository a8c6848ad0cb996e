import type { Call, Operation, Reply } from '../../contract/index.ts'
import { backoffMs, isDeclared, isError, type BanyanError, type Clock, type Random } from '../../core/index.ts'
import type { Counter } from '../../observe/index.ts'
import { verdictOf } from '../balancing/verdict.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { CallHandler, Middleware, OperationCall } from '../middleware.ts'
import type { RetryPolicy } from './policy.ts'
import type { RetryBudget } from './retry-budget.ts'

export interface RetryOptions {
  readonly policy: RetryPolicy
  readonly budget: RetryBudget
  readonly clock: Clock
  readonly random: Random
  readonly counters: RetryCounters
}

export interface RetryCounters {
  readonly repeated: Counter
  /** Retries that the budget did not allow. */
  readonly refused: Counter
}

/**
 * Repeats what failed where the error and the operation allow it: after a pause with full jitter, while there is time, and
 * within the budget. Whoever gives up while it waits ends the retry without another call.
 */
export function createRetry(options: RetryOptions): Middleware {
  const { budget } = options
  return (next) => {
    const repeat = createRepetition(options, next)
    const finish = (answer: Reply) => {
      budget.leave()
      return answer
    }
    return (request) => {
      budget.enter()
      return next(request).then(finish, (error: unknown) => repeat(request, error).finally(budget.leave))
    }
  }
}

function createRepetition(options: RetryOptions, next: CallHandler) {
  const { policy, budget, clock, random, counters } = options
  const backoff = { firstMs: policy.firstDelayMs, capMs: policy.maxDelayMs }

  /** Pauses and tries again. `null`: no further attempt was made. */
  async function again(request: OperationCall, attempt: number): Promise<Reply | null> {
    const pauseMs = backoffMs(backoff, attempt - 1, random)
    if (clock.monotonicMs() + pauseMs >= request.call.deadlineAtMs) return null
    if (!budget.take()) {
      counters.refused.add()
      return null
    }
    try {
      if (!(await pause(clock, pauseMs, request.call.signal))) return null
      counters.repeated.add()
      return await next(request)
    } finally {
      budget.give()
    }
  }

  return async (request: OperationCall, first: unknown): Promise<Reply> => {
    let error = first
    let unknown: unknown = effectIsUnknown(first) ? first : null
    for (let attempt = 1; attempt < policy.maxAttempts && mayRepeat(error, request); attempt++) {
      try {
        const reply = await again(request, attempt)
        if (reply !== null) return reply
        break
      } catch (later) {
        error = later
        unknown ??= effectIsUnknown(later) ? later : null
      }
    }
    throw unknown !== null && saysNothingOfEarlier(error, request.operation) ? unknown : error
  }
}

/** Reads what is known of the error and what the operation can bear, nothing else. */
export function mayRepeat(error: unknown, { operation, call }: Pick<OperationCall, 'operation' | 'call'>): boolean {
  if (!isDeclared(error) || error.retry === 'never' || error.replayed || call.signal.aborted) return false
  // It was not sent, and will not be in a moment either.
  if (isError(error, meshErrors.BREAKER_OPEN)) return false
  // A saga repeats its steps itself, and tells of it: layers that both repeat multiply. Another instance may be tried at once.
  if (call.saga !== null) return verdictOf(error, operation, Infinity) === 'unreached'
  return error.effect === 'not-applied' || bearsRepetition(operation, call)
}

function bearsRepetition(operation: Operation, call: Call): boolean {
  return operation.kind === 'query' || (operation.outcome !== 'none' && call.key !== null)
}

function effectIsUnknown(error: unknown): boolean {
  return !isDeclared(error) || error.effect === 'unknown'
}

/**
 * When the first attempt was lost and the second turned away at the door, nothing is known of the first: the caller must not
 * read `not-applied`. An answer on the merits does speak for both, because both carried the same key.
 */
function saysNothingOfEarlier(error: unknown, operation: Operation): boolean {
  return verdictOf(error, operation, Infinity) !== 'works' && (error as Partial<BanyanError>).effect === 'not-applied'
}

/** False: the caller gave up. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal)
  } catch {
    // The only thing that a sleep throws is that its signal aborted, which is looked at here.
  }
  return !signal.aborted
}
