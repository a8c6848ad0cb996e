import type { Call, Reply } from '../../contract/index.ts'

/** One that has come and not begun. */
export interface WaitingCall {
  readonly call: Call
  readonly run: () => Promise<Reply>
  readonly sinceMs: number
  readonly resolve: (reply: Promise<Reply>) => void
  readonly reject: (error: Error) => void
}

/** By when they came; taking from either end moves nothing. */
export class WaitingLine {
  #waiting: (WaitingCall | null)[] = []
  #head = 0

  get oldest(): WaitingCall | null {
    return this.#waiting[this.#head] ?? null
  }

  push(waiting: WaitingCall): void {
    this.#waiting.push(waiting)
  }

  /** There must be one. */
  takeOldest(): WaitingCall {
    const oldest = this.#waiting[this.#head]!
    this.#waiting[this.#head++] = null
    this.#forgetTaken()
    return oldest
  }

  /** There must be one. */
  takeNewest(): WaitingCall {
    const newest = this.#waiting.pop()!
    this.#forgetTaken()
    return newest
  }

  #forgetTaken(): void {
    if (this.#head < this.#waiting.length) return
    this.#waiting = []
    this.#head = 0
  }
}
