import type { Positions } from '../../contract/index.ts'
import type { Clock } from '../../core/index.ts'
import { covers } from '../answer.ts'
import type { CacheLayer, Cause, Kept, Lease, Opened } from '../layer.ts'
import type { OpenHow, Place, Refusal, WriteRight } from '../layer.ts'
import { bytesOf, toEntry, toKept, withOwnBytes, type Entry } from './memory-entry.ts'
import { createMemoryLeases } from './memory-leases.ts'
import { createMemoryStore, type MemoryStore } from './memory-store.ts'
import { compareRowVersions, type Order } from './row-versions.ts'
import { createTombstones, includesEvent, type State } from './tombstones.ts'

export interface MemoryLayerOptions {
  /** Most bytes of keys, tags, answers, ready forms and what keeping them costs. The least recently used go first. */
  readonly maxBytes: number
  readonly clock: Clock
  /** Changes remembered one by one. Default 10,000. */
  readonly maxTombstones?: number
}

/** The first layer: in the memory of the process, answering at once. */
export interface MemoryLayer<View = unknown> extends CacheLayer {
  open(place: Place, how: OpenHow): Opened
  store(lease: Lease, kept: Kept): Refusal | null
  release(lease: Lease): void
  invalidate(tags: readonly string[], cause: Cause): void
  clear(): void
  /** The right to fill, whoever else has it. */
  lease(place: Place): Lease
  beginWrite(tags: readonly string[]): WriteRight
  /**
   * Stores what a writer was answered, unless something under its tags was changed since, or something newer is here. Before
   * `invalidate`, which leaves a tombstone for what was read before.
   */
  write(kept: Kept, right: WriteRight): Refusal | null
  /** Somebody joins a fill: the answer is asked for twice, so that it is kept although others must go for it. */
  noteAsked: MemoryStore<View>['noteAsked']
  /** True while whoever reads under this lease would read no less than one who begins now. */
  isCurrent(lease: Lease, includes: Positions): boolean
  /** Whatever its age. */
  find(key: string): Entry<View> | undefined
  entries: MemoryStore<View>['entries']
  addView: MemoryStore<View>['addView']
  readonly bytes: number
  readonly count: number
}

export function createMemoryLayer<View = unknown>(options: MemoryLayerOptions): MemoryLayer<View> {
  const { maxBytes, clock, maxTombstones = 10_000 } = options
  const store = createMemoryStore<View>(maxBytes)
  const tombstones = createTombstones(maxTombstones)
  const leases = createMemoryLeases(clock, tombstones)
  const keepNewer = createKeeper(store, clock)

  return {
    find: store.get,
    lease: leases.give,
    isCurrent: (lease, includes) => leases.doubt(lease, { includes, versions: null }) === null,
    open(place, { after, force }) {
      const nowMs = clock.monotonicMs()
      const entry = store.get(place.key)
      if (entry && nowMs < entry.freshUntilMs && covers(entry.includes, after)) {
        return { kind: 'kept', kept: toKept(entry, nowMs) }
      }
      return leases.isHeld(place.key) && !force ? { kind: 'busy' } : { kind: 'lease', lease: leases.give(place) }
    },
    store: (lease, kept) => leases.redeem(lease, stateOf(kept)) ?? (isWanted(kept) ? keepNewer(kept) : null),
    release: leases.end,
    beginWrite: (tags) => ({ tags, token: String(tombstones.moment()) }),
    write: (kept, { token }) => tombstones.refuse(kept.place.tags, Number(token), stateOf(kept)) ?? keepNewer(kept),
    invalidate(tags, cause) {
      tombstones.leave(tags, cause)
      store.dropUnder(tags, (entry) => isStruck(entry, cause))
    },
    clear() {
      leases.clear()
      store.clear()
    },
    noteAsked: store.noteAsked,
    entries: store.entries,
    addView: store.addView,
    get bytes() {
      return store.bytes
    },
    get count() {
      return store.count
    },
  }

  function isWanted({ place, answer }: Kept): boolean {
    return store.letsIn(place.key, bytesOf(place, answer))
  }
}

/** Rows never go back: of two answers made of the same rows the one with the newer versions stays. */
function createKeeper<View>(store: MemoryStore<View>, clock: Clock): (kept: Kept) => Refusal | null {
  return (kept) => {
    const { key } = kept.place
    const known = store.peek(key)
    const order = known ? orderOf(kept, known) : 'newer'
    if (order === 'older') return 'older'
    // Nobody can tell which is newer: the next reader asks.
    if (order === 'unordered') return (store.drop(key), 'older')
    store.keep(toEntry<View>({ ...kept, answer: withOwnBytes(kept.answer) }, clock.monotonicMs()))
    return null
  }
}

/** Answers without versions (lists, nothing there) are as new as their reading. */
function orderOf({ answer }: Kept, known: Entry): Order {
  if (answer.versions === null || known.answer.versions === null) return 'newer'
  return compareRowVersions(answer.versions, known.answer.versions)
}

function stateOf({ includes, answer }: Pick<Kept, 'includes' | 'answer'>): State {
  return { includes, versions: answer.versions }
}

function isStruck(entry: Entry, cause: Cause): boolean {
  if (cause.kind === 'write') return entry.place.key !== cause.brought?.kept.place.key
  return !includesEvent(stateOf(entry), cause)
}
