import type { Operation, Reply } from '../contract/index.ts'
import { withoutAnswer } from './caller-error.ts'
import { meshErrors } from './mesh-errors.ts'

/**
 * What stands beside the data of an answer travels in a header (http), in a trailer (gRPC) or in a field of its own (stream). Where
 * headers are too long, HTTP/1.1 loses the connection and HTTP/2 with it the calls that others have on it, so they are bounded before
 * any wire, and alike on all: with the positions they fit into 8 KiB, the least that a caller over http may be set to take.
 */
const MAX_BYTES = 4_096

/** @throws `mesh.MESSAGE_TOO_LARGE` when versions and time of change together are longer than 4,096 bytes. */
export function requireShort(operation: Operation, { versions, changedAt }: Reply): void {
  const bytes = bytesOf(versions) + bytesOf(changedAt)
  if (bytes <= MAX_BYTES) return
  throw withoutAnswer(operation, meshErrors.MESSAGE_TOO_LARGE({ bytes, maxBytes: MAX_BYTES }))
}

function bytesOf(text: string | null): number {
  return text === null ? 0 : Buffer.byteLength(text)
}
