import type { Static } from 'typebox'
import { parseOptions, Type } from '../../core/index.ts'

const LimitsSchema = Type.Object(
  {
    maxFrameBytes: Type.Integer({ minimum: 1_024, maximum: 268_435_456 }),
    maxInFlight: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    maxQueuedBytes: Type.Integer({ minimum: 1_024, maximum: 1_073_741_824 }),
    connectTimeoutMs: Type.Integer({ minimum: 1, maximum: 60_000 }),
    pingEveryMs: Type.Integer({ minimum: 10, maximum: 600_000 }),
    maxSilentPings: Type.Integer({ minimum: 1, maximum: 100 }),
    connections: Type.Integer({ minimum: 1, maximum: 64 }),
    maxConnections: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    drainTimeoutMs: Type.Integer({ minimum: 0, maximum: 600_000 }),
  },
  { additionalProperties: false },
)

export type StreamLimits = Readonly<Static<typeof LimitsSchema>>

/** What one connection may hold, and how long it may be silent. */
const DEFAULTS: StreamLimits = Object.freeze({
  /** Largest frame that is taken, head included. */
  maxFrameBytes: 4_194_304,
  /** Calls at once on a connection; a service tells it to its callers. */
  maxInFlight: 4_096,
  /** Bytes that may wait to be sent. A caller refuses further calls, a service reads no further ones. */
  maxQueuedBytes: 16_777_216,
  /** Until the greeting is through. */
  connectTimeoutMs: 3_000,
  /** A peer that was silent for so long is asked whether it lives. */
  pingEveryMs: 2_000,
  /** Unanswered pings in a row after which the connection is given up. */
  maxSilentPings: 3,
  /** Sockets to one process. More than one, so that one large answer does not stand before all others. */
  connections: 2,
  /** Sockets of callers that a server holds at once, those that have not said who they are included; one more is closed. */
  maxConnections: 4_096,
  /** How long calls in hand may take once the server stops. */
  drainTimeoutMs: 10_000,
})

/** @throws `api.INVALID_OPTIONS` */
export function parseStreamLimits(limits: Partial<StreamLimits>): StreamLimits {
  return parseOptions('The stream wire', LimitsSchema, { ...DEFAULTS, ...limits })
}
