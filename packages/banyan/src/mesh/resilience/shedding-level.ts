import { URGENCY, type UrgencyRank } from './urgency.ts'

/**
 * From 0, nothing is refused, up to almost 3. What exceeds a class's number is the share of that class that is refused: at 0.4
 * two fifths of the new work, at 1.4 all new work and two fifths of the reads. One number, so that no call is refused while a
 * less urgent one is let in (after WeChat's DAGOR, Zhou et al., "Overload Control for Scaling WeChat Microservices", 2018).
 */
export type SheddingLevel = number

/** Probability that a call of this urgency is let in. */
export function admittedShare(level: SheddingLevel, urgency: UrgencyRank): number {
  return Math.min(1, Math.max(0, 1 - (level - urgency)))
}

export interface Interval {
  /** Calls that came, by urgency. */
  readonly arrivals: readonly [newWork: number, read: number, begun: number]
  /** The least delay that work met. */
  readonly delayMs: number
  readonly targetDelayMs: number
}

/**
 * The level after an interval. Of what was let in, as much less is let in next time as the delay exceeded its target, at most
 * nine tenths; or a twentieth more, and a hundredth of what came: slower growth would waste capacity for seconds after a short
 * peak. The rest is refused, beginning with the least urgent.
 */
export function nextLevel(level: SheddingLevel, { arrivals, delayMs, targetDelayMs }: Interval): SheddingLevel {
  const came = arrivals.reduce((sum, count) => sum + count)
  if (came === 0) return Math.max(0, level - 1)
  const letIn = arrivals.reduce((sum, count, urgency) => sum + count * admittedShare(level, urgency as UrgencyRank), 0)
  const isLate = delayMs > targetDelayMs
  const room = isLate ? letIn * Math.min(0.95, Math.max(0.1, targetDelayMs / delayMs)) : letIn * 1.05 + came * 0.01
  return levelFor(room, arrivals)
}

/** The level at which as many calls as there is room for are let in, the most urgent first. */
function levelFor(room: number, arrivals: Interval['arrivals']): SheddingLevel {
  let left = room
  for (const urgency of [URGENCY.begun, URGENCY.read, URGENCY.newWork]) {
    const count = arrivals[urgency]
    if (left < count) return urgency + 1 - Math.max(LEAST_SHARE, left / count)
    left -= count
  }
  return 0
}

/** Some of the class concerned always pass: else nothing would show that there is room again. */
const LEAST_SHARE = 0.02
