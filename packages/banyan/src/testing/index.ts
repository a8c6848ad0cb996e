export { startPostgresProxy, type PostgresProxy } from './postgres-proxy.ts'
export { copyEmbeddedTemplate, startTestPostgres, type TestPostgres, type TestPostgresOptions } from './postgres.ts'
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
} from './bank.ts'
export { startBankProcess, type BankProcess } from './bank-process.ts'
export { platformMigrations } from './platform-migrations.ts'
export type { BankAnswer, BankOrder } from './bank-orders.ts'
export { createTestAuthority } from './certificates.ts'
export { wireSuite } from './wire-suite.ts'
export type { WireUnderTest } from './wire-under-test.ts'
export { createProbeEndpoint, probe, probeErrors, type Probe } from './wire-probe.ts'
export { assertPureSaga, type SagaPurityOptions } from './saga-purity.ts'
export { schemaArbitrary, type KnownFields, type PlainSchema } from './schema-arbitrary.ts'
export { brokerSuite } from './broker-suite.ts'
export { brokerTools, type BrokerUnderTest } from './broker-bench.ts'
export { startTestNats, type TestNats } from './nats-server.ts'
export { cacheLayerSuite, type LayerUnderTest } from './cache-layer-suite.ts'
export { rateLimiterSuite, type LimitersUnderTest } from './rate-limiter-suite.ts'
export { startTestRedis, type TestRedis } from './redis-server.ts'
export { startTestCollector, type ReceivedMetric, type ReceivedSpan, type TestCollector } from './otlp-collector.ts'
export { createHostileLogs, type HostileLogs, type HostileLogsOptions } from './hostile-source.ts'
export { createRepeater, type Repeater } from './repeat-calls.ts'
export { tagPurgeSuite, type PurgeUnderTest } from './tag-purge-suite.ts'
export { until } from './until.ts'
export type { SharedCache, SharedCacheOptions } from './shared-cache.ts'
export { findFreePort } from '../chaos/index.ts'
export { startTestVarnish, type VarnishOptions } from './varnish-server.ts'
export { startTestNginx } from './nginx-server.ts'
export { startOriginSwitch, type OriginSwitch } from './origin-switch.ts'
export { createSeededRandom } from '../core/index.ts'
export { createSimulatedClock, type SimulatedClock } from './simulated-clock.ts'
export { simulate, type Simulation } from './simulate.ts'
