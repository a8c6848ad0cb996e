import protobuf, { type Reader } from 'protobufjs/minimal.js'

/**
 * Reads a message that a peer has sent.
 * @throws RangeError where the bytes are malformed: protobufjs says some of that by a plain `Error`.
 */
export function readBytes<T>(bytes: Uint8Array, read: (reader: Reader) => T): T {
  try {
    return read(protobuf.Reader.create(bytes))
  } catch (error) {
    if (error instanceof Error && error.constructor === Error) throw new RangeError(error.message, { cause: error })
    throw error
  }
}
