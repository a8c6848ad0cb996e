import type { Clock } from '../../core/index.ts'
import type { StreamLimits } from './limits.ts'

export interface HeartbeatOptions {
  readonly clock: Clock
  readonly limits: Pick<StreamLimits, 'pingEveryMs' | 'maxSilentPings'>
  readonly ask: () => void
  readonly onSilence: (reason: Error) => void
  readonly onTick: () => void
}

export interface Heartbeat {
  /** Something came. Reads no clock: it is told with every chunk. */
  heard(): void
  stop(): void
}

/** What ends a connection whose other side does not answer any more: stopped, or cut off. */
export class PeerSilent extends Error {}

/** A peer that has sent nothing between two ticks is asked; one that does not answer several times in a row is given up. */
export function createHeartbeat({ clock, limits, ask, onSilence, onTick }: HeartbeatOptions): Heartbeat {
  const { pingEveryMs, maxSilentPings } = limits
  let isHeard = false
  let silentTicks = 0
  let cancel = clock.schedule(pingEveryMs, tick)

  function tick(): void {
    silentTicks = isHeard ? 0 : silentTicks + 1
    isHeard = false
    if (silentTicks > maxSilentPings) {
      onSilence(new PeerSilent(`the peer was silent for ${pingEveryMs * silentTicks} ms`))
      return
    }
    if (silentTicks > 0) ask()
    onTick()
    cancel = clock.schedule(pingEveryMs, tick)
  }

  return {
    heard() {
      isHeard = true
    },
    stop: () => cancel(),
  }
}
