import { createQueryCache, type QueryCache } from '../../cache/index.ts'
import type { LogSources } from '../events/log-sources.ts'
import type { ProcessTools } from '../process-tools.ts'
import type { RunningService } from './running-service.ts'

export interface QueryCacheParts {
  readonly service: string
  readonly maxBytes: number
  readonly tools: ProcessTools
}

/** `null`: the memory for it is 0. */
export function openQueryCache({ service, maxBytes, tools }: QueryCacheParts): QueryCache | null {
  if (maxBytes === 0) return null
  const logger = tools.logger.child({ service })
  return createQueryCache({ ...tools, logger, keeper: service, maxBytes, seen: tools.frontier.positions })
}

export interface FollowQueriesOptions {
  readonly services: ReadonlyMap<string, RunningService>
  readonly sources: LogSources
}

/** From now on kept results of all services of a process end with the events that make them old. */
export function followQueries({ services, sources }: FollowQueriesOptions): { stop(): Promise<void> } {
  const caches = [...services.values()].flatMap(({ name, queries }) => {
    const producers = queries?.producers() ?? []
    if (producers.length > 0) queries!.follow(producers.map((producer) => sources.of(producer, name)))
    return queries ?? []
  })
  return { stop: async () => void (await Promise.all(caches.map((cache) => cache.stop()))) }
}
