import { reply, type Wire } from '../../contract/index.ts'
import type { Clock, Random } from '../../core/index.ts'
import {
  createLogFeed,
  createPulse,
  createRemoteLogSource,
  type LogSource,
  type OfferedEvent,
  type StoredEvent,
} from '../../log/index.ts'
import { silentLogger } from '../../observe/index.ts'

export interface HostileLogsOptions {
  readonly clock: Clock
  readonly random: Random
  /** Most events that change places with each other. Default 16. */
  readonly window?: number
}

/** Carries logs as the worst broker does that still keeps its promises: an event may come twice, late, or not at all. */
export interface HostileLogs extends AsyncDisposable {
  /** The same log; what stands at its end comes by the broker. */
  wrap(source: LogSource): LogSource
  /** What it did, for a test to show that it did something. */
  readonly done: { delivered: number; doubled: number; overtaken: number; leftOut: number }
}

/** One in so many never comes. */
const LEFT_OUT = 8

/**
 * Each event is delivered twice, those of different aggregates in any order, some not at all. The log that consumers see
 * stays what `LogSource` promises, made whole by the same feed with a carrier that stands behind NATS.
 */
export function createHostileLogs({ clock, random, window = 16 }: HostileLogsOptions): HostileLogs {
  const done = { delivered: 0, doubled: 0, overtaken: 0, leftOut: 0 }
  const stops: (() => Promise<void>)[] = []

  return { wrap, done, [Symbol.asyncDispose]: async () => void (await Promise.all(stops.map((stop) => stop()))) }

  function wrap(source: LogSource): LogSource {
    const common = { clock, random, logger: silentLogger, log: source.log }
    const feed = createRemoteLogSource({ ...common, wire: wireTo(source, clock), reader: 'hostile', carriedMs: 300 })
    let carriedTo: number | null = null
    const pulse = createPulse({ clock, minIntervalMs: 1, beat, onError: () => 50 })
    const stopHints = source.onAppend(() => pulse.beatSoon(0))
    pulse.beatSoon(0)
    stops.push(async () => {
      stopHints()
      await pulse.stop()
      await feed.stop()
    })
    return { log: source.log, read: feed.read, watermark: feed.watermark, onAppend: feed.onAppend }

    async function beat(): Promise<number | null> {
      carriedTo ??= await source.watermark()
      const events = await source.read(carriedTo, window)
      for (const offered of deliveries(events, carriedTo)) feed.offer(offered)
      carriedTo = events.at(-1)?.position ?? carriedTo
      return events.length > 0 ? 0 : null
    }
  }

  function deliveries(events: readonly StoredEvent[], after: number): readonly OfferedEvent[] {
    const inOrder = events.map((event, at) => ({ previous: events[at - 1]?.position ?? after, event }))
    const kept = inOrder.filter(() => random.unit() * LEFT_OUT >= 1)
    const mixed = overtake([...kept, ...kept], random)
    done.delivered += mixed.length
    done.doubled += kept.length
    done.leftOut += inOrder.length - kept.length
    done.overtaken += mixed.filter(({ event }, at) => event.position < (mixed[at - 1]?.event.position ?? 0)).length
    return mixed
  }
}

/** Each aggregate's events keep their order, as a broker with a lane for each does it; aggregates keep none. */
function overtake(offered: readonly OfferedEvent[], random: Random): OfferedEvent[] {
  const lanes = [...Map.groupBy(offered, ({ event }) => event.aggregateId).values()].map((lane) => [...lane])
  return offered.map(() => {
    const open = lanes.filter((lane) => lane.length > 0)
    return open[Math.floor(random.unit() * open.length)]!.shift()!
  })
}

/** The source, asked as if it were in another process. */
function wireTo(source: LogSource, clock: Clock): Wire {
  const countUpTo = () => Promise.reject(new Error('a hostile log counts nothing'))
  const feed = createLogFeed({ source: { ...source, countUpTo }, clock })
  return {
    call: async (id, input, call) =>
      id.endsWith('.readEvents')
        ? feed.readEvents(input as Parameters<typeof feed.readEvents>[0], call)
        : reply({ watermark: await source.watermark(), count: null }),
  }
}
