import type { Socket } from 'node:net'
import type { Clock } from '../../core/index.ts'
import { frameKinds, MalformedFrame } from './frame/frame.ts'
import { createFrameReader, type FrameHandler, type FrameReader } from './frame/frame-reader.ts'
import { FrameWriter } from './frame/frame-writer.ts'
import { createHeartbeat, type Heartbeat } from './heartbeat.ts'
import type { StreamLimits } from './limits.ts'
import type { PayloadReader } from './frame/payload-reader.ts'

/** What a peer may make us hold. */
export type LinkBounds = Pick<StreamLimits, 'maxFrameBytes' | 'maxQueuedBytes'>

export interface LinkOptions {
  readonly socket: Socket
  readonly clock: Clock
  readonly limits: StreamLimits
  /** Until `allow` says otherwise. */
  readonly bounds: LinkBounds
  /** Frames that the link does not answer itself. What it throws ends the link. */
  readonly onFrame: FrameHandler
  /** Once, when the socket has closed; `null`: both sides had said what they wanted to say. */
  readonly onEnd: (reason: Error | null) => void
  /**
   * More than `maxQueuedBytes` waits to be sent after what has just been read: whoever asks is to read first. A side that cannot make
   * the other wait has none, and leaves its pings unanswered until less waits.
   */
  readonly onBacklog?: () => void
  /** After each write that the socket has let go of. */
  readonly onWritten?: () => void
  /** Every `pingEveryMs`. */
  readonly onTick?: () => void
}

/** How long a peer may take to close its side, milliseconds. */
const LINGER_MS = 1_000

/** One socket that carries frames, with its heart-beat. The same on both sides. */
export class Link {
  readonly writer: FrameWriter
  readonly #options: LinkOptions
  readonly #reader: FrameReader
  readonly #heartbeat: Heartbeat
  readonly #pongs = new Map<number, () => void>()
  #maxQueuedBytes: number
  #lastPing = 0
  #reason: Error | null = null

  constructor(options: LinkOptions) {
    const { socket, clock, limits, onTick = nothing } = options
    this.#options = options
    this.writer = new FrameWriter(socket, options.onWritten)
    this.#maxQueuedBytes = options.bounds.maxQueuedBytes
    this.#reader = createFrameReader(options.bounds.maxFrameBytes, (kind, payload) => this.#onFrame(kind, payload))
    const [ask, onSilence] = [() => this.ping(nothing), (error: Error) => this.fail(error)]
    this.#heartbeat = createHeartbeat({ clock, limits, ask, onSilence, onTick })
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('error', (error) => (this.#reason ??= error))
    socket.once('close', () => {
      this.#heartbeat.stop()
      options.onEnd(this.#reason)
    })
  }

  /** From here on. */
  allow({ maxFrameBytes, maxQueuedBytes }: LinkBounds): void {
    this.#reader.allow(maxFrameBytes)
    this.#maxQueuedBytes = maxQueuedBytes
  }

  sendText(kind: number, text: string): void {
    const { writer } = this
    const at = writer.open(Buffer.byteLength(text))
    writer.close(kind, at + writer.page.write(text, at))
  }

  sendNumber(kind: number, number: number): void {
    const { writer } = this
    const at = writer.open(NUMBER_BYTES)
    writer.close(kind, writer.page.writeUInt32BE(number, at))
  }

  /** Calls back when the peer has answered. */
  ping(onPong: () => void): void {
    this.#lastPing = (this.#lastPing + 1) >>> 0
    this.#pongs.set(this.#lastPing, onPong)
    this.sendNumber(frameKinds.ping, this.#lastPing)
  }

  /** Sends what waits, then closes. */
  end(): void {
    const { socket, clock } = this.#options
    this.writer.flush()
    socket.end()
    clock.schedule(LINGER_MS, () => socket.destroy())
  }

  /** Closes at once. */
  fail(reason: Error): void {
    this.#reason ??= reason
    this.#options.socket.destroy()
  }

  get #hasBacklog(): boolean {
    return this.writer.queuedBytes > this.#maxQueuedBytes
  }

  #onData(chunk: Buffer): void {
    this.#heartbeat.heard()
    try {
      this.#reader.push(chunk)
      if (this.#hasBacklog) this.#options.onBacklog?.()
    } catch (error) {
      this.fail(error as Error)
    }
  }

  #onFrame(kind: number, payload: PayloadReader): void {
    if (kind === frameKinds.ping) this.#onPing(payload.u32())
    else if (kind === frameKinds.pong) this.#onPong(payload.u32())
    else this.#options.onFrame(kind, payload)
  }

  #onPing(number: number): void {
    if (this.#options.onBacklog !== undefined || !this.#hasBacklog) this.sendNumber(frameKinds.pong, number)
  }

  #onPong(number: number): void {
    const onPong = this.#pongs.get(number)
    if (onPong === undefined) throw new MalformedFrame('a pong answers no ping')
    this.#pongs.delete(number)
    onPong()
  }
}

const NUMBER_BYTES = 4

function nothing(): void {}
