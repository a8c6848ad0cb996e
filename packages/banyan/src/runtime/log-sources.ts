import type { Wire } from '../contract/index.ts'
import { createRemoteLogSource, firstLog, type LogSource, type RemoteLogSource } from '../log/index.ts'
import type { ProcessTools } from './process-tools.ts'
import type { RunningService } from './running-service.ts'

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
  readonly tools: ProcessTools
}

export function createLogSources({ services, wire, tools }: LogSourcesOptions): LogSources {
  const remote = new Map<string, RemoteLogSource>()

  return {
    of(producer, reader) {
      const known = services.get(producer)?.log ?? remote.get(producer)
      if (known) return known
      const source = createRemoteLogSource({ ...tools, wire, reader, log: firstLog(producer) })
      remote.set(producer, source)
      return source
    },
    stop: async () => void (await Promise.all([...remote.values()].map((source) => source.stop()))),
  }
}
