/**
 * Tells which keys were asked for lately, about as many as are kept: where memory is full, what is asked for once pushes out nothing that
 * is asked for often, and costs none of the work of keeping it. The doorkeeper of TinyLFU (Einziger, Friedman, Manes: TinyLFU: A Highly
 * Efficient Cache Admission Policy, ACM ToS 2017), as a table of hashes: the last key of a place is known, and two with one hash pass
 * for one, which lets one in early and does nothing else.
 */
export interface Doorkeeper {
  /** Whether the key was asked for lately; from now on it was. */
  knows(key: string): boolean
}

const MIN_PLACES = 64

/** @param countKept How many are kept: the table grows with that, and forgets when it does. */
export function createDoorkeeper(countKept: () => number): Doorkeeper {
  let hashes = new Uint32Array(MIN_PLACES)
  return {
    knows(key) {
      if (countKept() > hashes.length) hashes = new Uint32Array(hashes.length * 2)
      const hash = hashOf(key)
      const place = hash & (hashes.length - 1)
      const isKnown = hashes[place] === hash
      hashes[place] = hash
      return isKnown
    },
  }
}

/** FNV-1a. Never 0, which is an empty place. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return hash >>> 0 || 1
}
