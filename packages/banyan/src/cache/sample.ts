import type { Random } from '../core/index.ts'

/** Most answers that one place is compared by: a list of them is 1 MB. */
const MAX_SAMPLED = 10_000

/** At most so many of the items, evenly spread over all from a random one on: the next sample holds others. */
export function sampleOf<Item>(items: readonly Item[], random: Random, most = MAX_SAMPLED): readonly Item[] {
  if (items.length <= most) return items
  const step = items.length / most
  const start = random.unit() * step
  return Array.from({ length: most }, (_, index) => items[Math.floor(start + index * step)]!)
}
