import type { ProcessTools } from './process-tools.ts'
import type { RunningService } from './running-service.ts'

export interface Consumers {
  stop(): Promise<void>
}

export interface ConsumersOptions {
  readonly services: ReadonlyMap<string, RunningService>
  readonly tools: ProcessTools
  readonly active: boolean
}

export function startConsumers(_options: ConsumersOptions): Consumers {
  return { stop: async () => undefined }
}
