import { MalformedFrame } from '../frame/frame.ts'

/**
 * Numbered places for the calls of a connection that wait, the lowest ones used again and again. An answer frees its place; that of a call that
 * is given up stays taken until its answer has come, so that no answer is ever given to another call.
 *
 * Not a Map: one whose entries come and go copies its table every few dozen calls, and each table points to the next. When one of them has
 * grown old it keeps all later ones alive, with every call in them: of what survived one collection of the young generation 97 % reached
 * the old one (2026-11-29).
 */
export class Slots<Item extends object> {
  readonly #items: (Item | Unused)[] = []
  readonly #free: number[] = []
  #size = 0

  /** How many are taken, those of calls that were given up included. */
  get size(): number {
    return this.#size
  }

  /** The number that `take` will use. */
  get next(): number {
    return this.#free.at(-1) ?? this.#items.length
  }

  take(item: Item): void {
    const number = this.#free.pop() ?? this.#items.length
    this.#items[number] = item
    this.#size++
  }

  /** False: the number is not this item's any more. */
  giveUp(number: number, item: Item): boolean {
    if (this.#items[number] !== item) return false
    this.#items[number] = 'given up'
    return true
  }

  /** Frees the number; `null`: the item was given up. @throws MalformedFrame for a number that is not taken */
  release(number: number): Item | null {
    const item = this.#items[number]
    if (item === undefined || item === 'free')
      throw new MalformedFrame(`an answer to call ${number}, which nobody made`)
    this.#items[number] = 'free'
    this.#free.push(number)
    this.#size--
    return item === 'given up' ? null : item
  }

  /** Frees all, and hands out those that were not given up. */
  clear(): readonly Item[] {
    const items = this.#items.filter((item) => typeof item !== 'string')
    this.#items.length = 0
    this.#free.length = 0
    this.#size = 0
    return items
  }
}

type Unused = 'free' | 'given up'
