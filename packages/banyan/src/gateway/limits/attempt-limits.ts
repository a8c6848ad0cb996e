import { coreErrors, isDeclared, isError, type Clock } from '../../core/index.ts'
import { countInMemory, type AttemptCounter, type Counted } from './attempt-counter.ts'
import { gatewayErrors } from '../gateway-errors.ts'
import { toSeconds } from './rate-limit-headers.ts'

/** So many failed attempts in `windowMs` per `keyOf`, and so many at once. */
export interface AttemptQuota {
  /** For the message: `failed log-ins a minute from this address`. */
  readonly what: string
  readonly keyOf: (input: AttemptInput, address: string) => string
  readonly limit: number
  readonly windowMs: number
}

// eslint-disable-next-line typescript/no-explicit-any
export type AttemptInput = Readonly<Record<string, any>>

/** Limits guessing at one operation (log-in): what fails counts, what succeeds is given back. */
export interface AttemptLimit {
  /** `users.createSession` */
  readonly operation: string
  /** Codes of the errors that mean a wrong guess. */
  readonly failures: readonly string[]
  /** Beyond one of these: 429. */
  readonly refused: readonly AttemptQuota[]
  /** Beyond these: each attempt waits `delayMs` first. For what an attacker can use up for somebody else (an account). */
  readonly slowed: readonly (AttemptQuota & { readonly delayMs: number })[]
  /** Attempts that may wait at a time. Default 100; further ones are refused with `api.OVERLOADED`. */
  readonly maxWaiting?: number
}

/** One attempt at an operation, and how to make it. */
export interface Attempt<Result> {
  readonly input: AttemptInput
  readonly address: string
  readonly signal: AbortSignal
  readonly run: () => Promise<Result>
}

export type AttemptGuard = <Result>(attempt: Attempt<Result>) => Promise<Result>

/**
 * An attempt is counted before it runs and given back when it turns out right; counted after, a thousand at once would
 * all be let through.
 */
export function createAttemptGuard(limit: AttemptLimit, clock: Clock, open = countInMemory(clock)): AttemptGuard {
  const countedBy = <Quota extends AttemptQuota>(kind: string, quotas: readonly Quota[]) =>
    quotas.map((quota, index) => ({ quota, counter: open({ ...quota, id: `${limit.operation}:${kind}-${index}` }) }))
  const refused = countedBy('refused', limit.refused)
  const slowed = countedBy('slowed', limit.slowed)
  const { maxWaiting = 100 } = limit
  let waiting = 0

  async function slowDown({ input, address, signal }: Attempt<unknown>, taken: Counted[]): Promise<void> {
    let delayMs = 0
    for (const { quota, counter } of slowed) {
      const counted = await counter.take(quota.keyOf(input, address))
      if (counted.allowed) taken.push(counted)
      else delayMs = Math.max(delayMs, quota.delayMs)
    }
    if (delayMs === 0) return
    if (waiting >= maxWaiting) throw coreErrors.OVERLOADED({ what: 'The queue of slowed attempts', limit: maxWaiting })
    waiting += 1
    await clock.sleep(delayMs, signal).finally(() => (waiting -= 1))
  }

  return async (attempt) => {
    const taken = await takeAll(refused, attempt)
    try {
      await slowDown(attempt, taken)
      const result = await attempt.run()
      giveBack(taken)
      return result
    } catch (error) {
      if (!countsAsFailed(error, limit.failures)) giveBack(taken)
      throw error
    }
  }
}

interface LimitedQuota {
  readonly quota: AttemptQuota
  readonly counter: AttemptCounter
}

async function takeAll(quotas: readonly LimitedQuota[], { input, address }: Attempt<unknown>): Promise<Counted[]> {
  const taken: Counted[] = []
  for (const { quota, counter } of quotas) {
    const counted = await counter.take(quota.keyOf(input, address))
    if (!counted.allowed) {
      giveBack(taken)
      const { limit, what } = quota
      throw gatewayErrors.RATE_LIMITED({ limit, what, retryAfterSeconds: toSeconds(counted.resetMs) })
    }
    taken.push(counted)
  }
  return taken
}

function giveBack(taken: readonly Counted[]): void {
  for (const counted of taken) counted.giveBack()
}

/** An attempt whose answer nobody saw counts: else hanging up early would be a way around the limit. */
function countsAsFailed(error: unknown, failures: readonly string[]): boolean {
  if (isError(error, coreErrors.CANCELLED) || isError(error, coreErrors.DEADLINE_EXCEEDED)) return true
  return isDeclared(error) && failures.includes(error.code)
}
