import type { Clock, Random } from '../../core/index.ts'
import type { ProbePolicy } from '../resilience/policy.ts'
import type { Member } from './member.ts'

export interface ProbesOptions {
  readonly policy: ProbePolicy
  readonly clock: Clock
  readonly random: Random
  /** Whom to ask, at each round. */
  readonly members: () => readonly Member[]
  readonly onProbePassed?: () => void
}

export interface Probes {
  /** Asks this one now, besides the rounds. */
  ask(member: Member): void
  stop(): void
}

/**
 * Asks every instance in each interval whether it is there: what no call would find out, because none is made. Each probe
 * has its own deadline, also when the wire forgets it. One that takes longer counts as failed.
 */
export function startProbes({ policy, clock, random, members, onProbePassed }: ProbesOptions): Probes {
  const stopping = new AbortController()
  let cancel = (): void => undefined

  function arm(): void {
    // Spread by ±20 %, so that many callers do not ask at once.
    cancel = clock.schedule(policy.intervalMs * (0.8 + 0.4 * random.unit()), () => void round())
  }

  async function round(): Promise<void> {
    await Promise.all(members().map(ask))
    if (!stopping.signal.aborted) arm()
  }

  async function ask(member: Member): Promise<void> {
    const failure = await failureOf(member, clock, policy.timeoutMs)
    if (stopping.signal.aborted) return
    member.noteProbe(failure)
    if (failure === null) onProbePassed?.()
  }

  if (policy.intervalMs > 0) arm()
  return {
    ask: (member) => void ask(member),
    stop() {
      stopping.abort()
      cancel()
    },
  }
}

/** `null`: it has passed. */
function failureOf({ wire }: Member, clock: Clock, timeoutMs: number): Promise<unknown> {
  const abort = new AbortController()
  return new Promise((resolve) => {
    const cancel = clock.schedule(timeoutMs, () => {
      abort.abort()
      resolve(new Error(`no answer within ${timeoutMs} ms`))
    })
    const settle = (failure: unknown) => {
      cancel()
      resolve(failure)
    }
    wire.probe(abort.signal).then(() => settle(null), settle)
  })
}
