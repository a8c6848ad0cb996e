import type { Clock } from '../core/index.ts'

export interface PulseOptions {
  readonly clock: Clock
  /** Least time from the start of one beat to the start of the next. */
  readonly minIntervalMs: number
  /** Resolves to the pause until the next beat, milliseconds; `null`: none until somebody asks. */
  readonly beat: () => Promise<number | null>
  /** What to make of a beat that failed: the pause until the next. */
  readonly onError: (error: unknown) => number
}

/** Something done again and again, never twice at once, sooner when asked to. */
export interface Pulse {
  /** The next beat comes in `ms` at the latest, but not before `minIntervalMs` are over. */
  beatSoon(ms: number): void
  /** Beats at once, or joins the beat that has not begun yet. @throws what the beat throws. */
  beatNow(): Promise<void>
  /** Idempotent. Resolves once the running beat has ended. */
  stop(): Promise<void>
}

export function createPulse({ clock, minIntervalMs, beat, onError }: PulseOptions): Pulse {
  let startedAtMs = Number.NEGATIVE_INFINITY
  let dueAtMs = Number.POSITIVE_INFINITY
  let cancelTimer: (() => void) | null = null
  let running: Promise<void> | null = null
  let waiting: Promise<void> | null = null
  let stopped = false

  return { beatSoon, beatNow, stop }

  function beatSoon(ms: number): void {
    const earliest = startedAtMs + minIntervalMs
    const at = Math.max(clock.monotonicMs() + ms, earliest)
    if (stopped || at >= dueAtMs) return
    dueAtMs = at
    if (!running) arm()
  }

  function arm(): void {
    cancelTimer?.()
    cancelTimer = null
    if (stopped || dueAtMs === Number.POSITIVE_INFINITY) return
    const ms = dueAtMs - clock.monotonicMs()
    // A failed beat has been told to onError.
    const beatAlone = () => void run().catch(() => null)
    if (ms <= 0) return beatAlone()
    cancelTimer = clock.schedule(ms, beatAlone)
  }

  /** Whoever asks while a beat runs wants to know what is true from now on: the next one. */
  function beatNow(): Promise<void> {
    if (!running) return run()
    waiting ??= running
      .catch(() => null) // whoever asked for that beat is told
      .then(() => {
        waiting = null
        return running ?? run()
      })
    return waiting
  }

  function run(): Promise<void> {
    cancelTimer?.()
    cancelTimer = null
    startedAtMs = clock.monotonicMs()
    dueAtMs = Number.POSITIVE_INFINITY
    running = runOnce().finally(() => {
      running = null
      arm()
    })
    return running
  }

  async function runOnce(): Promise<void> {
    try {
      const pauseMs = await beat()
      if (pauseMs !== null) beatSoon(pauseMs)
    } catch (error) {
      // What is broken off by the end of everything is no trouble.
      if (!stopped) beatSoon(onError(error))
      throw error
    }
  }

  async function stop(): Promise<void> {
    stopped = true
    cancelTimer?.()
    await running?.catch(() => null) // told to onError
  }
}
