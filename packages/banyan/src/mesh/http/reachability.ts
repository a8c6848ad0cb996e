import { backoffMs, isError, type Backoff, type Clock, type Random } from '../../core/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { InstanceWire } from '../transport.ts'
import type { Answer } from './exchange.ts'
import { HTTP_HEADERS } from './http-protocol.ts'

export interface ReachabilityOptions {
  readonly clock: Clock
  readonly random: Random
  /** Asks the process once. */
  readonly probe: (signal: AbortSignal) => Promise<Answer>
}

/** What is known of the process at the other end: from the calls themselves and, while it is away, from probes. */
export interface Reachability {
  readonly state: InstanceWire['state']
  /** Learns from an answer or its failure, and hands it on. */
  note(answer: Promise<Answer>): Promise<Answer>
  stop(): void
}

const BACKOFF: Backoff = { firstMs: 100, capMs: 1_000 }
const LEAST_PAUSE_MS = 20
const PROBE_TIMEOUT_MS = 1_000

export function createReachability({ clock, random, probe }: ReachabilityOptions): Reachability {
  let state: InstanceWire['state'] = 'idle'
  let attempts = 0
  let cancelProbe: (() => void) | null = null
  let isStopped = false

  async function note(pending: Promise<Answer>): Promise<Answer> {
    try {
      const answer = await pending
      state = answer.headers[HTTP_HEADERS.draining] === 'true' ? 'draining' : 'ready'
      return answer
    } catch (error) {
      if (isError(error, meshErrors.UNREACHABLE)) state = 'unreachable'
      throw error
    } finally {
      if (state === 'ready') attempts = 0
      else if (state !== 'idle') probeLater()
    }
  }

  /** While it cannot be used nobody calls it, so somebody has to look whether it is back. */
  function probeLater(): void {
    if (isStopped || cancelProbe) return
    const pauseMs = LEAST_PAUSE_MS + backoffMs(BACKOFF, attempts++, random)
    cancelProbe = clock.schedule(pauseMs, () => void probeOnce())
  }

  async function probeOnce(): Promise<void> {
    const abort = new AbortController()
    const cancelTimeout = clock.schedule(PROBE_TIMEOUT_MS, () => abort.abort())
    // What it learns is in `state`; its failure is nobody's news.
    await note(probe(abort.signal)).catch(() => null)
    cancelTimeout()
    cancelProbe = null
    if (state !== 'ready') probeLater()
  }

  return {
    get state() {
      return state
    },
    note,
    stop() {
      isStopped = true
      cancelProbe?.()
    },
  }
}
