/** Fixed for ever: stored positions are by lane. */
export const LANES = 8

/** One of eight, by the aggregate: 32-bit FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) over UTF-16 units. */
export function laneOf(aggregateId: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < aggregateId.length; index++) {
    hash = Math.imul(hash ^ aggregateId.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % LANES
}
