export { startPostgresProxy, type PostgresProxy } from './servers/postgres-proxy.ts'
export {
  copyEmbeddedTemplate,
  startTestPostgres,
  type TestPostgres,
  type TestPostgresOptions,
} from './servers/postgres.ts'
export {
  bank,
  bankCall,
  bankErrors,
  move,
  openBank,
  POISON_DECIDE,
  POISON_SAVE,
  type Bank,
  type BankOptions,
} from './bank/bank.ts'
export { startBankProcess, type BankProcess } from './bank/bank-process.ts'
export { platformMigrations } from './platform-migrations.ts'
export type { BankAnswer, BankOrder } from './bank/bank-orders.ts'
export { createTestAuthority } from './certificates.ts'
export { wireSuite } from './suites/wire-suite.ts'
export type { WireUnderTest } from './suites/wire-under-test.ts'
export { createProbeEndpoint, probe, probeErrors, type Probe } from './suites/wire-probe.ts'
export { assertPureSaga, type SagaPurityOptions } from './property/saga-purity.ts'
export { schemaArbitrary, type KnownFields, type PlainSchema } from './property/schema-arbitrary.ts'
export { brokerSuite } from './suites/broker-suite.ts'
export { brokerTools, type BrokerUnderTest } from './suites/broker-bench.ts'
export { startTestNats, type TestNats } from './servers/nats-server.ts'
export { cacheLayerSuite, type LayerUnderTest } from './suites/cache-layer-suite.ts'
export { rateLimiterSuite, type LimitersUnderTest } from './suites/rate-limiter-suite.ts'
export { startTestRedis, type TestRedis } from './servers/redis-server.ts'
export {
  startTestCollector,
  type ReceivedMetric,
  type ReceivedSpan,
  type TestCollector,
} from './servers/otlp-collector.ts'
export { createHostileLogs, type HostileLogs, type HostileLogsOptions } from './property/hostile-source.ts'
export { createRepeater, type Repeater } from './property/repeat-calls.ts'
export { tagPurgeSuite, type PurgeUnderTest } from './suites/tag-purge-suite.ts'
export { until } from './until.ts'
export type { SharedCache, SharedCacheOptions } from './servers/shared-cache.ts'
export { findFreePort } from '../chaos/index.ts'
export { startTestVarnish, type VarnishOptions } from './servers/varnish-server.ts'
export { startTestNginx } from './servers/nginx-server.ts'
export { startOriginSwitch, type OriginSwitch } from './servers/origin-switch.ts'
export { createSeededRandom } from '../core/index.ts'
export { createSimulatedClock, type SimulatedClock } from './property/simulated-clock.ts'
export { simulate, type Simulation } from './property/simulate.ts'
