import type { Socket } from 'node:net'
import { HEAD_BYTES, LENGTH_BYTES } from './frame.ts'

const PAGE_BYTES = 65_536
const MAX_SPARE_PAGES = 4
const NO_PAGE = Buffer.alloc(0)

interface FullPage {
  readonly page: Buffer
  readonly used: number
}

/**
 * Gathers the frames of one turn of the event loop and hands them to the socket in one write. A frame is written in place: `open(room)`, fill
 * `page` from the offset given, `close(kind, end)`; one that is not closed was never there.
 *
 * It waits for `setImmediate`, not for the end of the microtasks: one turn reads many sockets, each with its own
 * microtasks, and all their frames shall go together. Pages are used again once the socket has let go of them.
 */
export class FrameWriter {
  readonly #socket: Socket
  readonly #spare: Buffer[] = []
  readonly #full: FullPage[] = []
  #fullBytes = 0
  #page: Buffer = NO_PAGE
  #used = 0
  #isScheduled = false
  #flushes = 0
  readonly #flushLater = (): void => this.flush()

  readonly #onWritten: () => void

  /** @param onWritten after each write that the socket has let go of: less waits now. */
  constructor(socket: Socket, onWritten: () => void = nothing) {
    this.#socket = socket
    this.#onWritten = onWritten
  }

  /** Where the open frame is written. */
  get page(): Buffer {
    return this.#page
  }

  /** How often something was handed to the socket. A frame closed since the last time has certainly not left. */
  get flushes(): number {
    return this.#flushes
  }

  /** Whether frames wait for the end of this turn, all on one page: one more costs no write of its own. */
  get isGathering(): boolean {
    return this.#isScheduled && this.#full.length === 0
  }

  /** Bytes that wait, here and in the socket. */
  get queuedBytes(): number {
    return this.#used + this.#fullBytes + this.#socket.writableLength
  }

  /** Gives the offset of the payload in a page that has `room` bytes from there. */
  open(room: number): number {
    const needed = HEAD_BYTES + room
    if (this.#page.length - this.#used < needed) this.#turnPage(needed)
    return this.#used + HEAD_BYTES
  }

  close(kind: number, end: number): void {
    const page = this.#page
    page.writeUInt32BE(end - this.#used - LENGTH_BYTES, this.#used)
    page[this.#used + LENGTH_BYTES] = kind
    this.#used = end
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#flushLater)
  }

  flush(): void {
    this.#isScheduled = false
    if (this.#used === 0 && this.#full.length === 0) return
    if (!this.#socket.writable) return this.#discard()
    this.#flushes++
    const last = { page: this.#page, used: this.#used }
    this.#page = NO_PAGE
    this.#used = 0
    if (this.#full.length === 0) this.#send(last)
    else this.#sendAll([...this.#full.splice(0), last])
  }

  /** A side that has ended says nothing more: what was closed since then, an answer or a pong, never leaves. */
  #discard(): void {
    this.#full.length = this.#fullBytes = this.#used = 0
  }

  #sendAll(pages: readonly FullPage[]): void {
    this.#fullBytes = 0
    this.#socket.cork()
    for (const one of pages) if (one.used > 0) this.#send(one)
    this.#socket.uncork()
  }

  #send({ page, used }: FullPage): void {
    this.#socket.write(page.subarray(0, used), () => {
      this.#recycle(page)
      this.#onWritten()
    })
  }

  #turnPage(needed: number): void {
    if (this.#used === 0) {
      this.#recycle(this.#page)
    } else {
      this.#full.push({ page: this.#page, used: this.#used })
      this.#fullBytes += this.#used
    }
    this.#page = needed > PAGE_BYTES ? Buffer.allocUnsafeSlow(needed) : this.#takePage()
    this.#used = 0
  }

  #takePage(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(PAGE_BYTES)
  }

  #recycle(page: Buffer): void {
    if (page.length === PAGE_BYTES && this.#spare.length < MAX_SPARE_PAGES) this.#spare.push(page)
  }
}

function nothing(): void {}
