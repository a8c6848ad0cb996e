import type { EjectionPolicy } from '../resilience/policy.ts'
import type { Verdict } from './verdict.ts'

/**
 * Whether what an instance answered allows to call it. Passive: it costs no calls, and learns only from those that are made.
 * - `trusted`: `failures` in a row so far. Enough of them, if the others can carry its load → `ejected`.
 * - `ejected`: gets no calls until `untilMs`, each time longer → `trusted`, with one failure to go: whoever comes back
 *   broken is out again at once. When it was ejected because connections broke, one that answers a probe comes back early.
 */
export type Standing =
  | { readonly kind: 'trusted'; readonly failures: number; readonly ejections: number; readonly sinceMs: number }
  | { readonly kind: 'ejected'; readonly cause: Verdict; readonly ejections: number; readonly untilMs: number }

export type StandingEvent =
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly mayEject: boolean }
  | { readonly kind: 'probe-passed' }
  | { readonly kind: 'time' }

export const TRUSTED: Standing = Object.freeze({ kind: 'trusted', failures: 0, ejections: 0, sinceMs: 0 })

/** The standing after an event; the same object when nothing changed. */
export function nextStanding(
  policy: EjectionPolicy,
  standing: Standing,
  at: StandingEvent & { nowMs: number },
): Standing {
  if (standing.kind === 'trusted') return at.kind === 'verdict' ? judge(policy, standing, at) : standing
  const isOver = at.nowMs >= standing.untilMs || (at.kind === 'probe-passed' && standing.cause !== 'fails')
  if (!isOver) return standing
  const { ejections } = standing
  return { kind: 'trusted', failures: policy.failures - 1, ejections, sinceMs: at.nowMs }
}

type Trusted = Extract<Standing, { kind: 'trusted' }>
type Judged = Extract<StandingEvent, { kind: 'verdict' }> & { readonly nowMs: number }

function judge(policy: EjectionPolicy, standing: Trusted, { verdict, mayEject, nowMs }: Judged): Standing {
  if (verdict === 'works') return forgive(policy, standing, nowMs)
  if (verdict === 'full' || verdict === 'unknown') return standing
  const failures = standing.failures + 1
  if (failures < policy.failures || !mayEject) return { ...standing, failures }
  const ejections = standing.ejections + 1
  const forMs = Math.min(policy.baseMs * ejections, policy.maxMs)
  return { kind: 'ejected', cause: verdict, ejections, untilMs: nowMs + forMs }
}

/** Ejections are forgotten one by one, each after as long in good standing as the next would have lasted. */
function forgive(policy: EjectionPolicy, standing: Trusted, nowMs: number): Standing {
  const isForgiven = standing.ejections > 0 && nowMs - standing.sinceMs >= policy.baseMs * standing.ejections
  if (isForgiven) return { ...standing, failures: 0, ejections: standing.ejections - 1, sinceMs: nowMs }
  return standing.failures === 0 ? standing : { ...standing, failures: 0 }
}

/** How many of `members` may be ejected at once: half of them, but always one. */
export function maxEjected(policy: EjectionPolicy, members: number): number {
  return Math.max(1, Math.floor(members * policy.maxRatio))
}
