import type { Wire } from '../../contract/index.ts'
import { createRemoteLogSource, firstLog, type LogSource, type RemoteLogSource } from '../../log/index.ts'
import type { Broker } from './broker.ts'
import type { ProcessTools } from '../process-tools.ts'
import type { RunningService } from '../services/running-service.ts'

/** The logs that the consumers of a process read, wherever their producers run. */
export interface LogSources {
  /** The same source for everybody: one reader per log and process. `reader` is the service that asks first. */
  of(producer: string, reader: string): LogSource
  /** Ends what was opened for logs of other processes. */
  stop(): Promise<void>
}

export interface LogSourcesOptions {
  /** The services of this process: their logs are read in place. */
  readonly services: ReadonlyMap<string, RunningService>
  /** Reaches the producers of the others. */
  readonly wire: Wire
  /** Brings the ends of their logs; `null`: they are asked. */
  readonly broker: Broker | null
  readonly tools: ProcessTools
  /** Around each log, once. Default none. */
  readonly wrap?: (source: LogSource) => LogSource
}

export function createLogSources(options: LogSourcesOptions): LogSources {
  const { services, wire, broker, tools, wrap = (source) => source } = options
  const sources = new Map<string, LogSource>()
  const feeds: RemoteLogSource[] = []

  return {
    of(producer, reader) {
      const known = sources.get(producer)
      if (known) return known
      const source = wrap(services.get(producer)?.log ?? follow(producer, reader))
      sources.set(producer, source)
      return source
    },
    stop: async () => void (await Promise.all(feeds.map((feed) => feed.stop()))),
  }

  function follow(producer: string, reader: string): LogSource {
    const feed = createRemoteLogSource({ ...tools, wire, reader, log: firstLog(producer) })
    feeds.push(feed)
    return broker?.carry(feed) ?? feed
  }
}
