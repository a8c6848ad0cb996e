import { logName, type LogSource, type StoredEvent } from '../../log/index.ts'
import type { Run } from './attempts-store.ts'
import { LANES, laneOf } from '../lane.ts'
import type { LanePosition } from './positions-store.ts'

export interface PendingEvent {
  readonly event: StoredEvent
  readonly lane: number
  /** Asked for by the consumer; others only move the position. */
  readonly isWanted: boolean
}

export interface EventFilter {
  isWanted(event: StoredEvent): boolean
  /** Nothing is read past it: another process has to handle it first. */
  isBeyond(event: StoredEvent): boolean
}

/**
 * Where a consumer stands in one log, as this process knows it: what has been read and not yet applied. The truth is
 * in the table of positions; each run compares (another process may run the same consumer).
 */
export class LogCursor {
  readonly source: LogSource
  readonly log: string
  /** There may be more to read. Set by whoever wakes the consumer. */
  isDirty = true
  /** The last run that was begun and counts: a failed one makes what it reached suspicious. */
  lastRun: Run | null = null
  /** The run that stands in the table of attempts, as this process knows; another one found there is not its own. */
  recordedRun: Run | null = null
  /** Not to be read again before; the monotonic clock. */
  pausedUntilMs = 0
  readFailures = 0
  /** The next event is one that another process has to handle first. */
  isBlocked = false
  /** Since when events wait that nobody asked for: their positions need no hurry. */
  heldSinceMs: number | null = null
  /** Since when lanes trail behind what is done. */
  trailingSinceMs: number | null = null
  #pending: PendingEvent[] = []
  #positions: number[] = Array.from({ length: LANES }, () => 0)
  #readTo = 0
  readonly #filter: EventFilter

  constructor(source: LogSource, filter: EventFilter) {
    this.source = source
    this.log = logName(source.log)
    this.#filter = filter
  }

  /** Everything up to here is done. */
  get position(): number {
    return Math.min(...this.#positions)
  }

  get pending(): readonly PendingEvent[] {
    return this.#pending
  }

  /** Events are here that somebody asked for. */
  get hasWork(): boolean {
    return this.#pending.some((pending) => pending.isWanted)
  }

  /** A run failed and its guilty event has not been found yet. */
  get isSuspicious(): boolean {
    return this.lastRun !== null && this.lastRun.suspect > this.position
  }

  /**
   * Up to where everything is done although lanes stand behind it: another process held them when the last batch moved the
   * others, and no event of theirs has come since. `null`: none does.
   */
  get trailingTo(): number | null {
    return this.#pending.length === 0 && this.position < this.#readTo ? this.#readTo : null
  }

  /** Everything that was asked for is done up to here, as far as it has been read; dead letters wait elsewhere. */
  get doneTo(): number {
    const next = this.#pending.find(({ isWanted }) => isWanted)
    return next ? next.event.position - 1 : Math.max(this.#readTo, this.position)
  }

  get positions(): readonly number[] {
    return this.#positions
  }

  positionOf(lane: number): number {
    return this.#positions[lane]!
  }

  async readMore(maxEvents: number): Promise<void> {
    const room = maxEvents - this.#pending.length
    if (room <= 0) return
    this.isDirty = false
    const from = this.#readTo
    const events = await this.source.read(from, room)
    // Nobody else moves `#readTo` but `rewind`, which must win.
    if (events.length === 0 || from !== this.#readTo) return
    const known = untilBeyond(events, this.#filter)
    this.isBlocked = known.length < events.length
    this.isDirty = !this.isBlocked // it is looked at again at the next idle poll: there is no hurry
    if (known.length === 0) return
    this.#readTo = known.at(-1)!.position
    for (const event of known) this.#add(event)
  }

  /** Takes over what the table says, as far as it is ahead; goes back and reads again where it is behind. */
  adopt(lanes: readonly LanePosition[]): void {
    for (const { lane, position } of lanes) {
      if (position < this.positionOf(lane)) return this.rewind(lanes)
      this.#positions[lane] = position
    }
    this.#readTo = Math.max(this.#readTo, this.position)
    this.#pending = this.#pending.filter(({ event, lane }) => event.position > this.positionOf(lane))
  }

  /** After a crash of the server, which may take positions back together with their effects. */
  rewind(lanes: readonly LanePosition[]): void {
    for (const { lane, position } of lanes) this.#positions[lane] = position
    this.#pending = []
    this.#readTo = this.position
    this.isDirty = true
  }

  #add(event: StoredEvent): void {
    const lane = laneOf(event.aggregateId)
    if (event.position > this.positionOf(lane))
      this.#pending.push({ event, lane, isWanted: this.#filter.isWanted(event) })
  }
}

function untilBeyond(events: readonly StoredEvent[], filter: EventFilter): readonly StoredEvent[] {
  const at = events.findIndex((event) => filter.isBeyond(event))
  return at < 0 ? events : events.slice(0, at)
}
