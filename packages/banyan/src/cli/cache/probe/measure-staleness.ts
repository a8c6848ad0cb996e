import type { Clock } from '../../../core/index.ts'
import type { Place, Sample } from './place.ts'

/** What is written, and how. */
export interface ProbedWrite {
  /** Versions of the rows that the answer is made of, its own first. */
  current(): Promise<string>
  /** Writes it as it is. `null`: somebody else was first, and nothing was written. */
  write(current: string): Promise<Written | null>
}

export interface Written {
  /** With which a reader is shown no less. */
  readonly token: string | null
}

export interface StalenessOptions {
  readonly places: readonly Place[]
  readonly subject: ProbedWrite
  readonly writes: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface Staleness {
  readonly samples: ReadonlyMap<Place, readonly Sample[]>
  /** Writes that somebody else was ahead of. */
  readonly skipped: number
}

/** A look costs a request: they come thick at first and by a tenth of the time that has passed later, which is how exact a sample is. */
const LOOK = { firstMs: 2, share: 0.1 }
/** How long beyond its bound a place is waited for. */
const PATIENCE_MS = 5_000
/** How long the old answer may take until every place has it. */
const WARM_MS = 10_000
/** Most writes in a row that others may be ahead of. */
const MAX_SKIPPED = 20

/** Writes again and again, each time when all places show the last state, and looks when each shows the next. */
export async function measureStaleness(options: StalenessOptions): Promise<Staleness> {
  const { places, subject, writes, signal } = options
  const samples = new Map<Place, Sample[]>(places.map((place) => [place, []]))
  let skipped = 0
  for (let done = 0; done < writes && skipped < MAX_SKIPPED;) {
    signal.throwIfAborted()
    const before = await subject.current()
    const held = await warmUp(options, before)
    const written = await subject.write(before)
    if (written === null) {
      skipped += 1
      continue
    }
    const looks = places.map(async (place) => {
      const limitMs = place.boundMs + PATIENCE_MS
      samples.get(place)!.push({
        ...(await untilShown(options, place, { before, least: ownVersion(before) + 1, limitMs, ...written })),
        held: held.get(place) ?? null,
      })
    })
    await Promise.all(looks)
    done += 1
  }
  return { samples, skipped }
}

/** In order, so that the layers behind are asked when those in front have been filled through them. Answers which of them keep a copy. */
async function warmUp(options: StalenessOptions, before: string): Promise<ReadonlyMap<Place, boolean>> {
  const held = new Map<Place, boolean>()
  for (const place of options.places) {
    await untilShown(options, place, { before, least: ownVersion(before), limitMs: WARM_MS, token: null })
    // Twice: the purge of the write before may come between two looks.
    if (place.holds) held.set(place, (await place.holds()) || (await place.holds()))
  }
  return held
}

interface Wanted {
  readonly before: string
  /** The resource's own version, or a later one. */
  readonly least: number
  readonly token: string | null
  readonly limitMs: number
}

/** Until the place shows that state, or a later one, or nothing: what is not there is not old. */
async function untilShown(
  { clock, signal }: StalenessOptions,
  place: Place,
  { before, least, token, limitMs }: Wanted,
): Promise<Omit<Sample, 'held'>> {
  const fromMs = clock.monotonicMs()
  for (let staleLooks = 0; ; staleLooks++) {
    const shown = await place.look(before, token)
    const ms = clock.monotonicMs() - fromMs
    if (shown === null || ownVersion(shown) >= least || ms > limitMs) return { ms, staleLooks }
    await clock.sleep(Math.max(LOOK.firstMs, ms * LOOK.share), signal)
  }
}

/** Of the resource itself, which comes first; what else the answer is made of (its stock) may change beside the probe. */
function ownVersion(versions: string): number {
  return Number(/^[a-z]+(\d+)/.exec(versions)?.[1])
}
