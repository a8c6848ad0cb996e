import { coreErrors, isDeclared, isError } from '../../core/index.ts'
import type { Operation } from '../../contract/index.ts'
import { meshErrors } from '../mesh-errors.ts'

/**
 * What the end of a call says about the process that was called:
 * - `works`: an answer, a declared error or a refusal on the merits: it does what it is there for.
 * - `unreached`: nothing was sent, because it could not be reached.
 * - `lost`: the connection broke before the answer came.
 * - `fails`: it answered too late, or something went wrong inside.
 * - `full`: it protects itself. Slow, but not broken: to take it out would only drown the others.
 * - `unknown`: the caller gave up, or had no time left; that is no news of the other side.
 */
export type Verdict = 'works' | 'unreached' | 'lost' | 'fails' | 'full' | 'unknown'

/** @param tookMs How long the process had; `Infinity`: it does not matter. */
export function verdictOf(error: unknown, operation: Operation, tookMs: number): Verdict {
  if (!isDeclared(error)) return 'fails'
  if (isError(error, coreErrors.DEADLINE_EXCEEDED)) {
    return tookMs >= Math.min(TELLING_MS, operation.deadlineMs / 2) ? 'fails' : 'unknown'
  }
  return VERDICTS[error.code] ?? 'works'
}

export function saysFull(error: unknown): boolean {
  return isDeclared(error) && VERDICTS[error.code] === 'full'
}

/** A call that arrives with 3 ms left and gets no answer says something about its caller. */
const TELLING_MS = 100

const VERDICTS: Readonly<Record<string, Verdict>> = {
  [coreErrors.INTERNAL.code]: 'fails',
  [coreErrors.UNAVAILABLE.code]: 'fails',
  [coreErrors.OVERLOADED.code]: 'full',
  [coreErrors.QUEUE_TIMEOUT.code]: 'full',
  [coreErrors.CANCELLED.code]: 'unknown',
  [meshErrors.UNREACHABLE.code]: 'unreached',
  [meshErrors.INCOMPATIBLE_PROTOCOL.code]: 'unreached',
  [meshErrors.INCOMPATIBLE_RELEASE.code]: 'unreached',
  [meshErrors.CONNECTION_LOST.code]: 'lost',
  [meshErrors.NO_ENDPOINT.code]: 'fails',
  [meshErrors.NO_INSTANCE.code]: 'unknown',
  [meshErrors.BREAKER_OPEN.code]: 'unknown',
}
