import { NO_RELEASE } from '../releases.ts'
import type { Transport } from '../transport.ts'
import { parseStreamLimits, type StreamLimits } from './limits.ts'
import { serveStream } from './server/stream-server.ts'
import { StreamWire } from './client/stream-wire.ts'

export interface StreamTransportOptions extends Partial<StreamLimits> {
  /** Of the app: of two majors neither calls the other. Default: it has none, and nobody asks. */
  readonly release?: string
}

/**
 * Our own processes among themselves: length-prefixed frames over TCP or unix sockets, many calls on few sockets, all frames of a turn of
 * the event loop in one write, bodies passed on as bytes. docs/adr/0019-stream-wire.md has the protocol's reasons and figures.
 * @throws `api.INVALID_OPTIONS`
 */
export function createStreamTransport({ release = NO_RELEASE, ...given }: StreamTransportOptions = {}): Transport {
  const shared = { limits: parseStreamLimits(given), release }
  return {
    name: 'stream',
    serve: (options) => serveStream(options, shared),
    connect: (options) => new StreamWire(options, shared),
  }
}
