import type { StoryEntry } from './schemas.ts'

/** Entries of one record (a log, a timeline, the payments) in its own order, which is certain. */
export type StoryRecord = readonly StoryEntry[]

/**
 * One story of several records, by time but never an effect before its cause. Times alone would not do: records have clocks of their
 * own, a saga's entries its process's estimate of one. No entry is lost, and none leaves the order of its record. What a refund is for
 * is not recorded with it: where the payments' clock is early, it may stand before the order's end.
 */
export function inCausalOrder(records: readonly StoryRecord[]): StoryEntry[] {
  const rest = records.map((record) => [...record])
  const told: StoryEntry[] = []
  for (;;) {
    const waiting = rest.filter((record) => record.length > 0)
    if (waiting.length === 0) return told
    const free = waiting.filter(([head]) => !isAhead(head!, told, waiting))
    // In a circle of causes, which only a damaged record could make, time decides.
    const next = (free.length > 0 ? free : waiting).reduce((best, one) => (one[0]!.at < best[0]!.at ? one : best))
    told.push(next.shift()!)
  }
}

/** A cause is recorded and not told yet. Of several by one name, the first is the cause: money may move again later. */
function isAhead(entry: StoryEntry, told: readonly StoryEntry[], waiting: readonly StoryRecord[]): boolean {
  const causes = CAUSES[nameOf(entry)] ?? []
  return causes.some((cause) => {
    const isCause = (other: StoryEntry) => nameOf(other) === cause
    return !told.some(isCause) && waiting.some((record) => record.some(isCause))
  })
}

const CAUSES: Readonly<Record<string, readonly string[]>> = {
  'checkout: began': ['orders.order-placed.v1'],
  charge: ['checkout: reserve ran'],
  'checkout: charge ran': ['charge'],
  'checkout: charge refused': ['charge'],
  'checkout: charge compensated': ['refund'],
  'orders.order-confirmed.v1': ['checkout: charge ran'],
  'checkout: completed': ['orders.order-confirmed.v1'],
  'orders.order-cancelled.v1': ['checkout: reserve compensated', 'cancel: release ran'],
  'checkout: compensated': ['orders.order-cancelled.v1'],
  'cancel: began': ['orders.order-cancelling.v1'],
  'cancel: refund ran': ['refund'],
  'cancel: completed': ['orders.order-cancelled.v1'],
}

/** A charge or a refund is one, however it ended. */
function nameOf({ source, what }: StoryEntry): string {
  return source === 'payment' ? what.split(' ', 1)[0]! : what
}
