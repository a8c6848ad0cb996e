export { callFromJson, callToJson, type CallJson } from './call-json.ts'
export { createFailureMapper, type FailureMapper, type FailureScope } from './caller-error.ts'
export { certificateNames, requireCertified } from './identity/certificate-names.ts'
export { createCredentials, type CredentialsOptions } from './identity/create-credentials.ts'
export type { CallerIdentity, Credentials, TlsMaterial } from './identity/credentials.ts'
export { requireClaim } from './identity/require-claim.ts'
export { createLocalWire, type LocalWire, type LocalWireOptions } from './local-wire.ts'
export { meshErrors } from './mesh-errors.ts'
export { compose, type CallHandler, type Middleware, type OperationCall } from './middleware.ts'
export {
  createServiceEndpoint,
  type RunningOperations,
  type ServiceEndpoint,
  type ServiceEndpointOptions,
} from './service-endpoint.ts'
export { STRATEGY_NAMES } from './balancing/create-strategy.ts'
export type { StrategyName } from './balancing/strategy.ts'
export type { Discovery, Instance } from './discovery/discovery.ts'
export { createDnsDiscovery, type DnsDiscoveryOptions } from './discovery/dns.ts'
export { createPushedDiscovery, type PushedDiscovery } from './discovery/pushed.ts'
export { createStaticDiscovery } from './discovery/static.ts'
export { createGuardedWire, type GuardedWireOptions } from './resilience/guarded-wire.ts'
export { parsePolicy, type PolicyChanges, type ResiliencePolicy } from './resilience/policy.ts'
export type { ConnectOptions, InstanceWire, ServeOptions, Transport, WireServer } from './transport.ts'
export { loadTransport, type WireName } from './load-transport.ts'
export type { InstanceState } from './balancing/balancer.ts'
export { createRemoteWire, type DependencyState, type RemoteWire, type RemoteWireOptions } from './remote-wire.ts'
export { createShedding, type SheddingOptions } from './resilience/shedding.ts'
export { parseSheddingPolicy, type SheddingPolicy } from './resilience/shedding-policy.ts'
