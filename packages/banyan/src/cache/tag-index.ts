/** What stands under which tags. A tag that nothing has any more takes no room. */
export interface TagIndex<Item> {
  add(tags: readonly string[], item: Item): void
  remove(tags: readonly string[], item: Item): void
  /** A copy: what is struck off meanwhile does not disturb. */
  under(tag: string): readonly Item[]
}

export function createTagIndex<Item>(): TagIndex<Item> {
  const byTag = new Map<string, Set<Item>>()
  return {
    add(tags, item) {
      for (const tag of tags) {
        const items = byTag.get(tag)
        if (items) items.add(item)
        else byTag.set(tag, new Set([item]))
      }
    },
    remove(tags, item) {
      for (const tag of tags) {
        const items = byTag.get(tag)
        items?.delete(item)
        if (items?.size === 0) byTag.delete(tag)
      }
    },
    under: (tag) => [...(byTag.get(tag) ?? [])],
  }
}
