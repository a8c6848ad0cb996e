import { LRUCache } from 'lru-cache'
import { createDoorkeeper } from './doorkeeper.ts'
import type { Entry } from './memory-entry.ts'
import { createTagIndex } from './tag-index.ts'

/** Entries by key and by tag, within a number of bytes: the least recently used go first. */
export interface MemoryStore<View> {
  get(key: string): Entry<View> | undefined
  /** Without making it recently used. */
  peek(key: string): Entry<View> | undefined
  /** The most recently used first. */
  entries(): Iterable<Entry<View>>
  /** False where it would push others out, and nobody has asked for the key lately. */
  letsIn(key: string, bytes: number): boolean
  /** Somebody asks for the key who is answered with what is on its way. */
  noteAsked(key: string): void
  /** In place of whatever has its key. One that is larger than everything together may be is not kept. */
  keep(entry: Entry<View>): void
  drop(key: string): void
  dropUnder(tags: readonly string[], isStruck: (entry: Entry<View>) => boolean): void
  clear(): void
  /** Keeps a ready form beside its entry, which may thereby cost others their place. Of one that has gone nothing is kept. */
  addView(entry: Entry<View>, name: string, view: View & { readonly bytes: number }): void
  readonly bytes: number
  readonly count: number
}

/** The list counts the size of a value only when it comes: an entry that has grown comes again, in another holder. */
interface Holder<View> {
  readonly entry: Entry<View>
}

export function createMemoryStore<View>(maxBytes: number): MemoryStore<View> {
  const index = createTagIndex<Entry<View>>()
  const entries = new LRUCache<string, Holder<View>>({
    maxSize: maxBytes,
    sizeCalculation: ({ entry }) => entry.bytes,
    dispose: ({ entry }) => index.remove(entry.place.tags, entry),
    noDisposeOnSet: true,
  })
  const doorkeeper = createDoorkeeper(() => entries.size)

  return {
    get: (key) => entries.get(key)?.entry,
    peek: (key) => entries.peek(key)?.entry,
    entries: () => values(),
    letsIn: (key, bytes) => entries.calculatedSize + bytes <= maxBytes || entries.has(key) || doorkeeper.knows(key),
    noteAsked: (key) => void doorkeeper.knows(key),
    keep,
    drop: (key) => void entries.delete(key),
    dropUnder(tags, isStruck) {
      for (const tag of tags) {
        for (const entry of index.under(tag)) if (isStruck(entry)) entries.delete(entry.place.key)
      }
    },
    clear: () => entries.clear(),
    addView(entry, name, view) {
      const { key } = entry.place
      if (entries.peek(key)?.entry !== entry) return
      entry.views ??= new Map()
      entry.views.set(name, view)
      entry.bytes += view.bytes
      if (entry.bytes > maxBytes) entries.delete(key)
      else entries.set(key, { entry })
    },
    get bytes() {
      return entries.calculatedSize
    },
    get count() {
      return entries.size
    },
  }

  function keep(entry: Entry<View>): void {
    const { key, tags } = entry.place
    entries.delete(key)
    if (entry.bytes > maxBytes) return
    index.add(tags, entry)
    entries.set(key, { entry })
  }

  function* values(): Iterable<Entry<View>> {
    for (const { entry } of entries.values()) yield entry
  }
}
