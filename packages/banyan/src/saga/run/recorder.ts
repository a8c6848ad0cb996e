import type { Clock } from '../../core/index.ts'
import type { Database } from '../../data/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { RunningSaga } from '../record.ts'
import { writeTimelines } from '../saga-store.ts'
import type { TimelineEntry } from '../timeline.ts'

export interface RecorderOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly processName: string
  /** The time by which entries of several processes can be compared: of the saga's database. */
  readonly nowMs: (saga: RunningSaga) => number
  readonly running: ReadonlyMap<string, RunningSaga>
}

/** What the engine says of a step; when, by whom and under which fence is added here. */
export type TimelineNote = Omit<TimelineEntry, 'at' | 'fence' | 'process'>

/**
 * Timelines, off the critical path: a saga that ends soon writes its own with its end; only those that take longer are
 * written in between, set-based, every quarter of a second. A crash loses that much of the story and nothing else.
 */
export interface Recorder {
  note(saga: RunningSaga, entry: TimelineNote): void
  /** What is not written yet of this saga; the caller writes it. */
  take(id: string): readonly TimelineEntry[]
  start(): void
  stop(): Promise<void>
}

export function createRecorder({ clock, logger, processName, nowMs, running }: RecorderOptions): Recorder {
  let cancel: () => void = () => undefined
  let flushing: Promise<void> = Promise.resolve()

  return {
    note(saga, entry) {
      const at = new Date(nowMs(saga)).toISOString()
      saga.unwritten.push({ at, fence: saga.record.fence, process: processName, ...entry })
    },
    take: (id) => running.get(id)?.unwritten.splice(0) ?? [],
    start: schedule,
    async stop() {
      cancel()
      await flushing
      await flush(0)
    },
  }

  function schedule(): void {
    cancel = clock.schedule(FLUSH_MS, () => {
      flushing = flush().then(schedule)
    })
  }

  async function flush(minAgeMs = FLUSH_MS): Promise<void> {
    const byDatabase = new Map<Database, { id: string; entries: TimelineEntry[] }[]>()
    for (const saga of running.values()) {
      if (saga.unwritten.length === 0 || Date.parse(saga.unwritten[0]!.at) > nowMs(saga) - minAgeMs) continue
      const timelines = byDatabase.get(saga.database) ?? []
      timelines.push({ id: saga.record.id, entries: saga.unwritten.splice(0) })
      byDatabase.set(saga.database, timelines)
    }
    await Promise.all([...byDatabase].map(([database, timelines]) => save(database, timelines)))
  }

  async function save(database: Database, timelines: readonly { id: string; entries: TimelineEntry[] }[]) {
    try {
      await writeTimelines(database, timelines)
    } catch (error) {
      logger.warn({ sagas: timelines.length, error }, 'timeline entries were lost; the sagas go on')
    }
  }
}

const FLUSH_MS = 250
