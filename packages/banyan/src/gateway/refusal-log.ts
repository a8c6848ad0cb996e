import type { Clock } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'

/**
 * What the log says of requests that are refused for a declared fault of ours (a database away, overload, a deadline): once for each
 * code, and once how many there were when none has come for a while. An outage refuses hundreds a second: a line each would cost what
 * is left of the process, and whoever reads would see nothing else. Each is counted in the metrics.
 */
export interface RefusalLog {
  /** Some kind is going on. */
  readonly isOpen: boolean
  refused(code: string, fields: object): void
  /** Closes what has ended; to be called with requests, as no timer does it. */
  settle(nowMs: number): void
}

/** A kind is over when no request has met it for so long. */
const QUIET_MS = 10_000

interface Episode {
  readonly sinceMs: number
  lastMs: number
  requests: number
}

export function createRefusalLog({ logger, clock }: { readonly logger: Logger; readonly clock: Clock }): RefusalLog {
  /** By code: there are as many as the tables of errors name. */
  const episodes = new Map<string, Episode>()

  return {
    get isOpen() {
      return episodes.size > 0
    },
    refused(code, fields) {
      const nowMs = clock.monotonicMs()
      const episode = episodes.get(code)
      if (!episode) {
        episodes.set(code, { sinceMs: nowMs, lastMs: nowMs, requests: 1 })
        return logger.warn({ ...fields, code }, 'request refused')
      }
      episode.lastMs = nowMs
      episode.requests += 1
      logger.debug({ ...fields, code }, 'request refused')
    },
    settle(nowMs) {
      for (const [code, { sinceMs, lastMs, requests }] of episodes) {
        if (nowMs - lastMs < QUIET_MS) continue
        episodes.delete(code)
        const forMs = Math.round(lastMs - sinceMs)
        if (requests > 1) logger.info({ code, requests, forMs }, 'requests are no longer refused')
      }
    },
  }
}
