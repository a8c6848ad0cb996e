import type { Call, InputOf, OutputOf, Reply } from '../../contract/index.ts'
import { reply } from '../../contract/index.ts'
import type { Clock } from '../../core/index.ts'
import { logErrors } from '../errors.ts'
import { type LogSource, logName, type StoredEvent } from '../event.ts'
import type { logOperations } from './log-operations.ts'
import type { LocalLogSource } from '../local/source.ts'

export interface LogFeedOptions {
  readonly source: Pick<LocalLogSource, keyof LogSource | 'countUpTo'>
  readonly clock: Clock
  /** Most characters of payload as JSON in one answer. Default 1,048,576; one larger event still goes, alone. */
  readonly maxCharacters?: number
  /** Aborts when this process drains: from then on no answer is held back. Default never. */
  readonly ending?: AbortSignal
}

type Operations = typeof logOperations

/** What carries out `logOperations` at the log's owner. */
export type LogFeed = {
  readonly [Name in keyof Operations]: (
    input: InputOf<Operations[Name]>,
    call: Call,
  ) => Promise<Reply<OutputOf<Operations[Name]>>>
}

export function createLogFeed(options: LogFeedOptions): LogFeed {
  const { source, clock, maxCharacters = 1_048_576, ending } = options
  const own = logName(source.log)

  return { readEvents, describeLog }

  async function readEvents({ log, after, limit, waitMs }: InputOf<Operations['readEvents']>, { signal }: Call) {
    checkLog(log)
    const events = waitMs === 0 ? await source.read(after, limit) : await waitAndRead({ after, limit, waitMs, signal })
    return reply({ events: withinCharacters(events, maxCharacters) })
  }

  async function describeLog({ log, countUpTo }: InputOf<Operations['describeLog']>) {
    checkLog(log)
    const [watermark, count] = await Promise.all([
      source.watermark(),
      countUpTo === null ? null : source.countUpTo(countUpTo),
    ])
    return reply({ watermark, count })
  }

  /** @throws `log.UNKNOWN_LOG`: positions of one log must never be taken for those of another. */
  function checkLog(log: string): void {
    if (log !== own) throw logErrors.UNKNOWN_LOG({ log, known: own })
  }

  async function waitAndRead({ after, limit, waitMs, signal }: Wait): Promise<readonly StoredEvent[]> {
    const endAtMs = clock.monotonicMs() + waitMs
    let wake = () => undefined as void
    // Before the first read: an append that comes while it is under way must not be lost.
    const stop = source.onAppend(() => wake())
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => (wake = resolve))
        const events = await source.read(after, limit)
        const leftMs = endAtMs - clock.monotonicMs()
        if (events.length > 0 || leftMs <= 0 || signal.aborted || ending?.aborted) return events
        await until(woken, { leftMs, signal })
      }
    } finally {
      stop()
    }
  }

  async function until(woken: Promise<void>, { leftMs, signal }: { leftMs: number; signal: AbortSignal }) {
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const end = () => resolve()
    const cancel = clock.schedule(leftMs, end)
    signal.addEventListener('abort', end)
    ending?.addEventListener('abort', end)
    await Promise.race([woken, over])
    signal.removeEventListener('abort', end)
    ending?.removeEventListener('abort', end)
    cancel()
  }
}

interface Wait {
  readonly after: number
  readonly limit: number
  readonly waitMs: number
  readonly signal: AbortSignal
}

/** The cache of the tail knows no bytes, so that an answer is bounded here: 0.7 µs an event of 300 characters. */
function withinCharacters(events: readonly StoredEvent[], maxCharacters: number) {
  let characters = 0
  const end = events.findIndex(({ payload }, index) => {
    characters += JSON.stringify(payload).length
    return index > 0 && characters > maxCharacters
  })
  return (end < 0 ? events : events.slice(0, end)).map(toWire)
}

/** The log stands in the question. */
function toWire({ position, aggregateId, version, type, payload, recordedAt, traceParent }: StoredEvent) {
  return { position, aggregateId, version, type, payload, recordedAt, traceParent }
}
