export { auditConsumers } from './audit.ts'
export type { ConsumerLimits, ConsumerOptions, ConsumerState } from './consumer-options.ts'
export { startConsumer, type Consumer } from './consumer.ts'
export {
  listDeadLetters,
  replayDeadLetters,
  type DeadLetterFilter,
  type ListedDeadLetter,
  type ReplayOptions,
  type ReplayResult,
} from './dead-letters.ts'
export type { ConsumerDefinition, ProjectionDefinition } from './definition.ts'
export { eventsErrors } from './events-errors.ts'
export { LANES, laneOf } from './lane.ts'
export { readLanes } from './positions-store.ts'
export { createUpcaster, defineUpcast, type Upcast, type Upcaster } from './upcast.ts'
export { toConsumer } from './projection.ts'
export { rebuildProjection, type RebuildOptions, type RebuildResult } from './rebuild.ts'
