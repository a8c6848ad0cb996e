import { createNatsLink, createNatsLogSource, createRelay } from '../../events/index.ts'
import type { LogSource, RemoteLogSource } from '../../log/index.ts'
import type { ProcessTools } from '../process-tools.ts'
import type { RunningService } from '../services/running-service.ts'

/** NATS, as one process uses it: it carries the logs of this process's services out, and those of others in. */
export interface Broker {
  /** The log that this feed reads, its end brought by NATS. */
  carry(feed: RemoteLogSource): LogSource
  /** Idempotent. Feeds are stopped by whoever made them. */
  stop(): Promise<void>
}

export interface BrokerOptions {
  readonly services: ReadonlyMap<string, RunningService>
  readonly tools: ProcessTools
}

/** `null` without NATS_URL: the feed carries everything. */
export function openBroker({ services, tools }: BrokerOptions): Broker | null {
  const { NATS_URL: url, NATS_PREFIX: prefix, NATS_REPLICAS: replicas } = tools.settings
  if (!url) return null
  const { processName } = tools
  const stream = { prefix: prefix || undefined, replicas: replicas ? Number(replicas) : undefined }
  const link = createNatsLink({ ...tools, url, name: processName })
  const stops = [...services.values()].map(({ log: source, shards, name }) => {
    const logger = tools.logger.child({ service: name })
    return createRelay({ ...tools, logger, link, source, database: shards.root, processName, stream }).stop
  })
  return {
    carry(feed) {
      const source = createNatsLogSource({ ...tools, link, feed, processName, stream })
      stops.push(source.stop)
      return source
    },
    async stop() {
      await Promise.all(stops.map((stop) => stop()))
      await link.stop()
    },
  }
}
