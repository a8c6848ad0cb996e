import { once } from 'node:events'
import { Server as TcpServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Clock, HttpPipelines } from '../../core/index.ts'
import type { GatewaySettings } from '../gateway-settings.ts'
import type { InFlight } from '../limits/in-flight.ts'

export interface Drain {
  /** True from the first moment of `run`: answers close their connections and readiness says no. */
  readonly isDraining: () => boolean
  /** Resolves when the last connection is gone. Asked twice, it runs once. */
  run(app: FastifyInstance, how?: DrainHow): Promise<void>
}

export interface DrainHow {
  /** Longest that connections which nobody uses stay open once the port is closed. Default: the drain's delay, at most 1,000. */
  readonly lingerMs?: number
}

export interface DrainOptions {
  readonly clock: Clock
  readonly inFlight: InFlight
  readonly pipelines: HttpPipelines
  readonly settings: Pick<GatewaySettings, 'drainDelayMs' | 'drainTimeoutMs'>
}

/** How long an answer may take to leave for a client that reads slowly. */
const FLUSH_MS = 1_000
/** How long connections that came in the last moment may bring their request. */
const MAX_LINGER_MS = 1_000

/**
 * `serving → draining → lingering → closing → closed`. Node's own `server.close()` cuts idle keep-alive connections at
 * once, and a client's next request dies in them (node #51677, #60617). So for `drainDelayMs` everything is still
 * served, with `Connection: close` on each answer: whoever uses a connection moves away by itself. Then the port closes,
 * but not the connections: a request that was on its way is answered, and only what nobody used all that time is cut.
 * What stands in the kernel's queue when the port closes is reset; the balancer, told by then, should have put nothing there.
 */
export function createDrain({ clock, inFlight, pipelines, settings }: DrainOptions): Drain {
  let draining: Promise<void> | null = null

  async function drain(app: FastifyInstance, how: DrainHow): Promise<void> {
    const { lingerMs = Math.min(settings.drainDelayMs, MAX_LINGER_MS) } = how
    await clock.sleep(settings.drainDelayMs)
    const lastGone = once(app.server, 'close')
    TcpServer.prototype.close.call(app.server)
    await waitAtMost(clock, lingerMs, lastGone)
    await waitAtMost(clock, settings.drainTimeoutMs, inFlight.whenIdle())
    // For Node a connection is idle once its answer is written, whether it has left or not, and others wait behind it or not.
    await waitAtMost(clock, FLUSH_MS, pipelines.answered())
    const closed = app.close()
    await waitAtMost(clock, FLUSH_MS, closed)
    app.server.closeAllConnections()
    await closed
  }

  return {
    isDraining: () => draining !== null,
    run: (app, how = {}) => (draining ??= drain(app, how)),
  }
}

async function waitAtMost(clock: Clock, ms: number, event: Promise<unknown>): Promise<void> {
  const { promise: expiry, resolve } = Promise.withResolvers<void>()
  const cancel = clock.schedule(ms, resolve)
  await Promise.race([event, expiry]).finally(cancel)
}
