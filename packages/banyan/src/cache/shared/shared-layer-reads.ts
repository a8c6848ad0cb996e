import type { Positions } from '../../contract/index.ts'
import type { Clock, Random } from '../../core/index.ts'
import { MAX_FILL_MS, type CacheLayer, type Kept, type Lease, type Opened } from '../layer.ts'
import type { Circuit } from '../redis/circuit.ts'
import type { SharedRead, SharedReads, SharedStart } from './shared-reads.ts'
import { createSharedTellings } from './shared-tellings.ts'
import { createSharedTrust } from './shared-trust.ts'
import { createUnheardTags } from './unheard-tags.ts'

export interface SharedLayerOptions {
  readonly layer: CacheLayer
  readonly circuit: Circuit
  readonly clock: Clock
  readonly random: Random
  /** The longest that anything is kept, milliseconds. */
  readonly maxKeptMs: number
  /** Up to where all events are committed and have been heard of here, by log. */
  readonly known: () => Positions
  /** How long to wait for another process that fills. Default 1,000. */
  readonly waitMs?: number
}

interface SharedFill {
  readonly kept: Kept
  readonly source: 'l2' | 'filled'
}

const POLL = { firstMs: 4, capMs: 50 }
const MAX_UNHEARD_TAGS = 10_000

/** A shared layer that may be slow, empty, full, away or back again at any moment, and never makes an answer wrong or missing. */
export function createSharedReads(options: SharedLayerOptions): SharedReads {
  const { layer, clock, random, maxKeptMs, known, waitMs = 1_000 } = options
  const { attempt } = options.circuit
  const unheard = createUnheardTags({ clock, holdMs: maxKeptMs + MAX_FILL_MS, maxTags: MAX_UNHEARD_TAGS })
  const tellings = createSharedTellings({ layer, circuit: options.circuit, unheard })
  const trust = createSharedTrust(known)

  return {
    async read(request, fill) {
      tellings.tellAgain()
      if (!isWorthAsking(request)) return alone(fill)
      const opened = await open(request)
      return opened.kind === 'busy' ? await wait(request, fill) : settle(request, opened, fill)
    },
    invalidate: tellings.tell,
    beginWrite(tags) {
      const start: SharedStart = { right: null }
      if (tags.length > 0) void attempt(async () => void (start.right = await layer.beginWrite(tags)), undefined)
      return start
    },
    distrust: trust.lose,
    trust: trust.regain,
  }

  /** What it is being told now it has mostly heard by the time that it answers: who comes on the heels of an event need not ask the service. */
  function isWorthAsking({ operation, place }: SharedRead): boolean {
    return trust.isFollowed(operation) && !unheard.hasMissed(place.tags)
  }

  function mayTake({ operation, place }: SharedRead): boolean {
    return trust.isFollowed(operation) && !unheard.has(place.tags)
  }

  function open({ place, after }: SharedRead): Promise<Opened | Missing> {
    return attempt<Opened | Missing>(() => layer.open(place, { after, force: false }), MISSING)
  }

  async function settle(request: SharedRead, opened: Opened | Missing, fill: () => Promise<Kept>): Promise<SharedFill> {
    if (opened.kind === 'lease') return fillUnder(opened.lease, fill)
    // It may not have heard yet, or have become doubtful while its answer was on its way.
    if (opened.kind !== 'kept' || !trust.holds(request.operation, opened.kept) || !mayTake(request)) return alone(fill)
    return { kept: opened.kept, source: 'l2' }
  }

  /** Those who read here do not wait for the layer to have it. */
  async function fillUnder(lease: Lease, fill: () => Promise<Kept>): Promise<SharedFill> {
    try {
      const kept = await fill()
      void attempt(() => layer.store(lease, kept), null)
      return { kept, source: 'filled' }
    } catch (error) {
      void attempt(() => layer.release(lease), undefined)
      throw error
    }
  }

  /** Another process asks the service: its answer serves here, too. One that has seen more than that answer includes does not wait. */
  async function wait(request: SharedRead, fill: () => Promise<Kept>): Promise<SharedFill> {
    const endAtMs = clock.monotonicMs() + waitMs
    const hasSeen = Object.keys(request.after).length > 0
    for (let turn = 0; !hasSeen && clock.monotonicMs() < endAtMs; turn++) {
      await clock.sleep(Math.min(POLL.capMs, POLL.firstMs * 2 ** turn) * (0.5 + random.unit() / 2))
      const opened = await open(request)
      if (opened.kind !== 'busy') return settle(request, opened, fill)
    }
    return alone(fill)
  }
}

interface Missing {
  readonly kind: 'missing'
}

const MISSING: Missing = { kind: 'missing' }

async function alone(fill: () => Promise<Kept>): Promise<SharedFill> {
  return { kept: await fill(), source: 'filled' }
}
