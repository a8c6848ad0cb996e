import type { Run } from './attempts-store.ts'

/** What to run next: the first `count` of the pending events. */
export interface Plan {
  readonly run: Run
  readonly count: number
}

/**
 * All that is pending, unless a run failed: then it halves what is suspect until one event is left, the guilty one.
 * Works from what is stored about the last run, so a run that killed its process is halved by the next process.
 *
 * @param after where the consumer stands
 * @param pending positions of the events that follow, in order; not empty
 */
export function planRun(after: number, pending: readonly number[], lastRun: Run | null): Plan {
  const suspects = lastRun && lastRun.suspect > after ? suspectsOf(after, pending, lastRun) : null
  if (!suspects || suspects.count === 0) return planFirst(after, pending, pending.length)
  const count = Math.ceil(suspects.count / 2)
  const plan = planFirst(after, pending, count)
  return { count, run: { ...plan.run, suspect: Math.max(plan.run.last, suspects.upTo) } }
}

/** A run that failed narrows the suspicion to itself; one that succeeded, to what it had left. */
function suspectsOf(after: number, pending: readonly number[], { last, suspect }: Run) {
  const upTo = last > after ? last : suspect
  const beyond = pending.findIndex((position) => position > upTo)
  return { upTo, count: beyond < 0 ? pending.length : beyond }
}

function planFirst(after: number, pending: readonly number[], count: number): Plan {
  const last = pending[count - 1]!
  return { count, run: { after, last, suspect: last } }
}
