/** Up to where logs have come, by name (`orders/0/1`): each names an event that is committed. */
export type Positions = Readonly<Record<string, number>>

/**
 * What one process knows of how far the logs have come: by its own appends, and by what the processes that it called told it
 * with their answers. Whatever led to an answer is thereby covered by what its receiver knows afterwards, saga steps of third
 * services included (a vector clock: Fidge 1988, Mattern 1989). Nothing in it ever goes back.
 */
export interface Frontier {
  /** Those raised last come last. */
  positions(): Positions
  /** The same as JSON, written once for each change; empty: nothing is known. */
  text(): string
  raise(positions: Positions): void
}

/** Logs that one process may know of; beyond it the one that has been quiet for longest is forgotten. */
const MAX_LOGS = 64

export function createFrontier(): Frontier {
  const known = new Map<string, number>()
  let positions: Positions | null = null
  let text: string | null = null

  return {
    positions: () => (positions ??= Object.freeze(Object.fromEntries(known))),
    text() {
      return (text ??= known.size === 0 ? '' : JSON.stringify(this.positions()))
    },
    raise(news) {
      for (const log in news) {
        if (news[log]! <= (known.get(log) ?? 0)) continue
        known.delete(log) // so that it comes last
        known.set(log, news[log]!)
        if (known.size > MAX_LOGS) known.delete(known.keys().next().value!)
        positions = text = null
      }
    },
  }
}

/** What another process wrote as JSON; `null`: that is no map of positions. */
export function parsePositions(text: string): Positions | null {
  if (text.length > MAX_TEXT) return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null // what cannot be read says nothing, and whoever needs it says so
  }
  return isPositions(value) ? value : null
}

const MAX_TEXT = 4_096
const LOG_NAME = /^[a-z][a-z0-9-]{0,30}\/\d{1,9}\/\d{1,9}$/

function isPositions(value: unknown): value is Positions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(([log, at]) => LOG_NAME.test(log) && Number.isSafeInteger(at) && at >= 0)
}
