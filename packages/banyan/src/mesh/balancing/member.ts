import type { RecentClock } from '../recent-clock.ts'
import type { ResiliencePolicy } from '../../contract/index.ts'
import type { InstanceWire } from '../transport.ts'
import { nextStanding, TRUSTED, type Standing, type StandingEvent } from './ejection.ts'
import { createPeakEwma } from './peak-ewma.ts'
import type { Candidate } from './strategy.ts'
import type { Verdict } from './verdict.ts'

/** Why an instance gets no new calls; `fit`: it does. */
export type Fitness = 'fit' | 'ejected' | 'unreachable' | 'failing-probes' | 'draining'

/** One instance and what its calls have shown of it. */
export interface Member extends Candidate {
  readonly wire: InstanceWire
  fitness(): Fitness
  begin(): void
  /** The end of a call that took `tookMs`; `null`: its time says nothing. */
  finish(verdict: Verdict, tookMs: number | null): void
  /** The end of an active probe; `null`: it has passed. */
  noteProbe(failure: unknown): void
}

export interface MemberOptions {
  readonly id: string
  readonly wire: InstanceWire
  readonly clock: RecentClock
  readonly policy: Pick<ResiliencePolicy, 'ejection' | 'probe' | 'slowStart'>
  /** What to expect of it before it has shown anything: that of the others. */
  readonly firstLatencyMs: number
  /** It joined others that are at work already, so it starts slowly. */
  readonly isNewcomer: boolean
  /** Whether the others can carry its load. */
  readonly mayEject: () => boolean
  readonly onStanding: (standing: Standing, before: Standing) => void
  /** So many probes in a row have failed as take it out, this one last; `null`: one has passed after that. */
  readonly onProbes: (failure: unknown) => void
}

/** What a failed call counts as, at least: whoever fails in 1 ms must not look like the fastest (linkerd2 #11669). */
const FAILURE_LATENCY_MS = 1_000
const LEAST_WEIGHT = 0.1

export function createMember(options: MemberOptions): Member {
  const { id, wire, clock, policy, mayEject } = options
  const latency = createPeakEwma(options.firstLatencyMs, clock.monotonicMs())
  let standing: Standing = TRUSTED
  let inFlight = 0
  let failedProbes = 0
  let warmFromMs = options.isNewcomer ? clock.monotonicMs() : -Infinity

  function apply(event: StandingEvent): void {
    const before = standing
    const nowMs = clock.recentMs()
    standing = nextStanding(policy.ejection, standing, { ...event, nowMs })
    if (standing.kind === before.kind) return
    if (standing.kind === 'trusted') warmFromMs = nowMs
    options.onStanding(standing, before)
  }

  function isEjected(): boolean {
    if (standing.kind === 'ejected') apply({ kind: 'time' })
    return standing.kind === 'ejected'
  }

  return {
    id,
    wire,
    get inFlight() {
      return inFlight
    },
    get latencyMs() {
      return latency.value(clock.recentMs())
    },
    get weight() {
      if (warmFromMs === -Infinity) return 1
      const share = (clock.recentMs() - warmFromMs) / policy.slowStart.windowMs
      if (share < 1) return Math.max(LEAST_WEIGHT, share)
      warmFromMs = -Infinity
      return 1
    },
    fitness() {
      const { state } = wire
      if (state === 'draining') return 'draining'
      if (state === 'unreachable') return 'unreachable'
      if (isEjected()) return 'ejected'
      return failedProbes >= policy.probe.failures ? 'failing-probes' : 'fit'
    },
    begin() {
      inFlight++
    },
    finish(verdict, tookMs) {
      inFlight--
      if (tookMs !== null) observe(verdict, tookMs)
      const isNews = verdict !== 'works' || (standing.kind === 'trusted' && standing.failures + standing.ejections > 0)
      if (isNews) apply({ kind: 'verdict', verdict, mayEject: mayEject() })
    },
    noteProbe(failure) {
      const wasOut = failedProbes >= policy.probe.failures
      failedProbes = failure === null ? 0 : failedProbes + 1
      if (failure === null) apply({ kind: 'probe-passed' })
      const isOut = failedProbes >= policy.probe.failures
      if (isOut || wasOut) options.onProbes(failure)
    },
  }

  function observe(verdict: Verdict, tookMs: number): void {
    const nowMs = clock.recentMs()
    if (verdict === 'works') latency.observe(tookMs, nowMs)
    // Of a call that was given up it is known only that it would have taken longer.
    else if (verdict === 'unknown') latency.observe(Math.max(tookMs, latency.value(nowMs)), nowMs)
    else latency.observe(Math.max(tookMs, FAILURE_LATENCY_MS), nowMs)
  }
}
