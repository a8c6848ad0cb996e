import { LRUCache } from 'lru-cache'

/**
 * The `max` entries used last, by key. Given `max` as such, lru-cache sets room for all of them aside at once, 1 MB for 50,000, which a
 * gateway with its dozen of limiters would hold from its start to its end; so it is told that each has size 1.
 */
export function createRecent<Value extends object>(max: number): LRUCache<string, Value> {
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1 })
}
