import { backoffMs, type Clock, type Random } from '../../core/index.ts'
import type { Call } from '../../contract/index.ts'
import type { Result } from '../transaction/entry.ts'

export interface BusyOptions {
  readonly call: Call
  readonly clock: Clock
  readonly random: Random
}

/**
 * Tries again while a twin in another process holds the claim, for as long as the caller waits. Between two looks no
 * connection is held. The last answer is `busy`: the caller learns that the key is in use.
 */
export async function whenBusy(attempt: () => Promise<Result>, options: BusyOptions): Promise<Result> {
  const { call, clock, random } = options
  const until = Math.min(call.deadlineAtMs, clock.monotonicMs() + call.waitMs)
  for (let tries = 0; ; tries++) {
    const result = await attempt()
    if (result.kind !== 'busy') return result
    const pauseMs = 2 + backoffMs(BACKOFF, tries, random)
    if (clock.monotonicMs() + pauseMs >= until) return result
    await clock.sleep(pauseMs, call.signal)
  }
}

const BACKOFF = { firstMs: 10, capMs: 200 }
