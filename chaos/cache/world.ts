import type { StoredAnswer } from 'banyan/cache'
import type { Clock, Random } from 'banyan/core'

/** What a gateway hears of: positions are without gap here, and each is heard of late and in order. */
export interface Change {
  readonly position: number
  readonly id: string
}

/** The service and its log: what is true, since when, and how often it was asked. */
export interface World {
  readonly changes: readonly Change[]
  readonly reads: number
  versionOf(id: string): number
  /** As a service answers: the state of some moment between question and answer. */
  read(id: string): Promise<StoredAnswer>
  /** The version that is true from then on; it is committed some time before the writer hears of it. */
  write(id: string): Promise<number>
  /** The least version that may still be shown at `atMs` when everything older than `boundMs` must have gone. */
  leastAt(id: string, atMs: number, boundMs: number): number
}

export interface WorldOptions {
  readonly clock: Clock
  readonly random: Random
}

export function createWorld({ clock, random }: WorldOptions): World {
  const changes: Change[] = []
  /** When each version of a product became true, by version. */
  const since = new Map<string, number[]>()
  let reads = 0
  const travel = () => clock.sleep(random.unit() ** 4 * 20)
  const historyOf = (id: string) => since.get(id) ?? [0]

  return {
    changes,
    get reads() {
      return reads
    },
    versionOf: (id) => historyOf(id).length,
    async read(id) {
      reads += 1
      await travel()
      const version = historyOf(id).length
      await travel()
      return { data: Buffer.from(`{"version":${version}}`), versions: `p${version}`, changedAt: null }
    },
    async write(id) {
      await travel()
      const history = historyOf(id)
      since.set(id, history)
      history.push(clock.monotonicMs())
      const version = history.length
      changes.push({ position: changes.length + 1, id })
      await travel()
      return version
    },
    leastAt(id, atMs, boundMs) {
      const history = historyOf(id)
      return Math.max(1, history.findLastIndex((fromMs) => fromMs <= atMs - boundMs) + 1)
    },
  }
}
