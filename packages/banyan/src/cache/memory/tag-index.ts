/** What stands under which tags. A tag that nothing has any more takes no room. */
export interface TagIndex<Item> {
  add(tags: readonly string[], item: Item): void
  remove(tags: readonly string[], item: Item): void
  /** A copy: what is struck off meanwhile does not disturb. */
  under(tag: string): readonly Item[]
}

/** Most tags have one item, which needs no set. */
export function createTagIndex<Item extends object>(): TagIndex<Item> {
  const byTag = new Map<string, Item | Set<Item>>()
  return {
    add(tags, item) {
      for (const tag of tags) {
        const known = byTag.get(tag)
        if (known === undefined || known === item) byTag.set(tag, item)
        else if (known instanceof Set) known.add(item)
        else byTag.set(tag, new Set([known, item]))
      }
    },
    remove(tags, item) {
      for (const tag of tags) {
        const known = byTag.get(tag)
        if (known instanceof Set) {
          known.delete(item)
          if (known.size === 0) byTag.delete(tag)
        } else if (known === item) byTag.delete(tag)
      }
    },
    under(tag) {
      const known = byTag.get(tag)
      if (known === undefined) return []
      return known instanceof Set ? [...known] : [known]
    },
  }
}
