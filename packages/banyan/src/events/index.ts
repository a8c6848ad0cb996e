export { auditConsumers, listTrailing } from './audit.ts'
export type { ConsumerLimits, ConsumerOptions, ConsumerState } from './consumer/consumer-options.ts'
export { startConsumer, type Consumer } from './consumer/consumer.ts'
export {
  listDeadLetters,
  replayDeadLetters,
  type DeadLetterFilter,
  type ListedDeadLetter,
  type ReplayOptions,
  type ReplayResult,
} from './dead-letters/dead-letters.ts'
export type { ConsumerDefinition, ProjectionDefinition } from './definition.ts'
export { eventsErrors } from './events-errors.ts'
export { LANES, laneOf } from './lane.ts'
export { readLanes } from './consumer/positions-store.ts'
export { createRelayLease, type RelayLease } from './relay/relay-lease.ts'
export { createUpcaster, defineUpcast, type Upcast, type Upcaster } from './upcast.ts'
export { toConsumer } from './projection/projection.ts'
export { rebuildProjection, type RebuildOptions, type RebuildResult } from './projection/rebuild.ts'
export { createNatsLink, type NatsLink, type NatsLinkOptions } from './nats/link.ts'
export { parseNatsUrl } from './nats/nats-url.ts'
export { createRelay, type Relay, type RelayOptions } from './nats/relay.ts'
export { createNatsLogSource, type NatsLogSource, type NatsLogSourceOptions } from './nats/source.ts'
export type { StreamLimits } from './nats/stream.ts'
