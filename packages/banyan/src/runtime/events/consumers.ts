import { startConsumer, toConsumer, type Consumer, type ConsumerDefinition } from '../../events/index.ts'
import type { LogSource } from '../../log/index.ts'
import type { LogSources } from './log-sources.ts'
import type { ProcessTools } from '../process-tools.ts'
import type { RunningService } from '../services/running-service.ts'

/** The consumers and projections of all services of a process. */
export interface Consumers {
  readonly running: readonly Consumer[]
  stop(): Promise<void>
}

export interface ConsumersOptions {
  readonly services: ReadonlyMap<string, RunningService>
  readonly sources: LogSources
  readonly tools: ProcessTools
}

export const noConsumers: Consumers = { running: [], stop: async () => undefined }

export function startConsumers({ services, sources, tools }: ConsumersOptions): Consumers {
  const running = [...services.values()].flatMap((service) =>
    definitionsOf(service).map((definition) => {
      const consumer = startConsumer({
        ...tools,
        definition,
        database: service.shards.root,
        sources: sourcesOf(definition, { reader: service.name, sources }),
        logger: tools.logger.child({ consumer: definition.name }),
      })
      service.readModels.follow(consumer)
      return consumer
    }),
  )
  return {
    running,
    stop: async () => void (await Promise.all(running.map((consumer) => consumer.stop()))),
  }
}

function definitionsOf({ parts }: RunningService): readonly ConsumerDefinition[] {
  return [...(parts.consumers ?? []), ...(parts.projections ?? []).map(toConsumer)]
}

/** The logs of the services whose events it asked for: `orders.order-placed.v1` is in that of `orders`. */
function sourcesOf(
  { types }: ConsumerDefinition,
  { reader, sources }: { readonly reader: string; readonly sources: LogSources },
): LogSource[] {
  const producers = new Set(types.map((type) => type.slice(0, type.indexOf('.'))))
  return [...producers].map((producer) => sources.of(producer, reader))
}
