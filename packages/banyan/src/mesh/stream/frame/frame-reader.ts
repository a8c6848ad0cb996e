import { PayloadReader } from './payload-reader.ts'
import { HEAD_BYTES, LENGTH_BYTES, MalformedFrame } from './frame.ts'

/** One frame. Its payload lies where it was received, and stays as it is after the call. */
export type FrameHandler = (kind: number, payload: PayloadReader) => void

export interface FrameReader {
  /** Hands out every frame that is whole now. @throws MalformedFrame */
  push(chunk: Buffer): void
  /** From now on frames may be this long, head included. */
  allow(maxFrameBytes: number): void
}

/**
 * Cuts what a socket delivers into frames. Most chunks hold whole frames, which are read where they lie; only a frame that is split is
 * copied together, once, into a buffer of its own size.
 */
export function createFrameReader(maxFrameBytes: number, onFrame: FrameHandler): FrameReader {
  let maxBytes = maxFrameBytes
  /** Less than a length; then there is no `partial`. */
  let rest: Buffer | null = null
  let partial: Partial | null = null

  function cut(chunk: Buffer): void {
    let at = 0
    while (chunk.length - at >= LENGTH_BYTES) {
      const frameBytes = LENGTH_BYTES + chunk.readUInt32BE(at)
      if (frameBytes < HEAD_BYTES || frameBytes > maxBytes) throw oddLength(frameBytes, maxBytes)
      const end = at + frameBytes
      if (end > chunk.length) {
        partial = beginPartial(chunk, at, frameBytes)
        return
      }
      onFrame(chunk[at + LENGTH_BYTES]!, new PayloadReader(chunk, at + HEAD_BYTES, end))
      at = end
    }
    if (at < chunk.length) rest = Buffer.from(chunk.subarray(at))
  }

  return {
    push(chunk) {
      let from = 0
      if (partial !== null) {
        from = chunk.copy(partial.bytes, partial.filled)
        partial.filled += from
        if (partial.filled < partial.bytes.length) return
        const { bytes } = partial
        partial = null
        onFrame(bytes[LENGTH_BYTES]!, new PayloadReader(bytes, HEAD_BYTES, bytes.length))
      }
      const head = rest
      rest = null
      cut(head === null ? chunk.subarray(from) : Buffer.concat([head, chunk]))
    },
    allow(bytes) {
      maxBytes = bytes
    },
  }
}

interface Partial {
  readonly bytes: Buffer
  filled: number
}

function beginPartial(chunk: Buffer, at: number, frameBytes: number): Partial {
  const bytes = Buffer.allocUnsafe(frameBytes)
  return { bytes, filled: chunk.copy(bytes, 0, at) }
}

function oddLength(frameBytes: number, maxBytes: number): MalformedFrame {
  const isTls = (frameBytes - LENGTH_BYTES) >>> 16 === TLS_HANDSHAKE
  const fault = `a frame of ${frameBytes} bytes; ${HEAD_BYTES} to ${maxBytes} are allowed`
  return new MalformedFrame(isTls ? `${fault}; the peer speaks TLS` : fault)
}

/** How a connection in TLS begins: type and major version of its first record. */
const TLS_HANDSHAKE = 0x16_03
