import type { Clock } from '../../core/index.ts'
import type { StoredEvent } from '../../log/index.ts'
import type { PurgeSeries } from './purge-series.ts'

export interface PurgeRoundsOptions {
  readonly clock: Clock
  readonly tagsOf: (event: StoredEvent) => readonly string[]
  readonly purge: (tags: readonly string[]) => Promise<void>
  readonly maxShownMs: number
  readonly againMs: number
  readonly series: PurgeSeries
}

/**
 * The two rounds of purging: at once, and again after what was on its way to the cache has landed. Both fail as the purge does, and
 * are then to be tried again.
 */
export interface PurgeRounds {
  /** Up to where the log has been purged once, and twice. */
  readonly once: number
  readonly twice: number
  /** So much waits for its second purge that no more should be read. */
  readonly isFull: boolean
  /** Until the next second purge is due. */
  restMs(): number
  begin(position: number): void
  purge(events: readonly StoredEvent[]): Promise<void>
  purgeAgain(): Promise<void>
}

const MAX_WAITING = 1_000
/** Clocks of database and process may differ by so much. */
const CLOCK_SLACK_MS = 60_000

interface Purged {
  readonly tags: readonly string[]
  /** Of the last event that it covers. */
  readonly position: number
  readonly againAtMs: number
}

export function createPurgeRounds(options: PurgeRoundsOptions): PurgeRounds {
  const { clock, tagsOf, maxShownMs, againMs, series } = options
  let once = 0
  let twice = 0
  let waiting: Purged[] = []

  async function purge(tags: readonly string[]): Promise<readonly string[]> {
    const distinct = [...new Set(tags)]
    await options.purge(distinct)
    series.purged(distinct.length)
    return distinct
  }

  return {
    get once() {
      return once
    },
    get twice() {
      return twice
    },
    get isFull() {
      return waiting.length >= MAX_WAITING
    },
    restMs: () => (waiting.length === 0 ? Number.POSITIVE_INFINITY : waiting[0]!.againAtMs - clock.monotonicMs()),
    begin(position) {
      waiting = []
      once = twice = position
    },
    async purge(events) {
      const oldestMs = clock.now() - maxShownMs - CLOCK_SLACK_MS
      const telling = events.filter((event) => Date.parse(event.recordedAt) >= oldestMs && tagsOf(event).length > 0)
      const position = events.at(-1)!.position
      if (telling.length > 0) {
        const tags = await purge(telling.flatMap(tagsOf))
        for (const { recordedAt } of telling) series.shown(clock.now() - Date.parse(recordedAt))
        waiting.push({ tags, position, againAtMs: clock.monotonicMs() + againMs })
      }
      once = position
      if (waiting.length === 0) twice = once
    },
    async purgeAgain() {
      const due = waiting.filter(({ againAtMs }) => againAtMs <= clock.monotonicMs())
      if (due.length === 0) return
      await purge(due.flatMap(({ tags }) => tags))
      waiting = waiting.slice(due.length)
      twice = waiting.length === 0 ? once : due.at(-1)!.position
    },
  }
}
