import { createApplicationCache } from 'banyan/cache'
import { systemClock, systemRandom } from 'banyan/core'
import {
  createGateway,
  createTokenAuthenticator,
  generateTokenKeys,
  parseTokenKeys,
  type GatewayOptions,
  type View,
} from 'banyan/gateway'
import { createMetrics, createTracer, silentLogger } from 'banyan/observe'
import { memoryWire, products, versions } from './contract.ts'

// As in production: tokens, limits, metrics and traces are on; only the limit is too high to be met. `uncached` keeps nothing.
const [clock, random, metrics] = [systemClock, systemRandom, createMetrics()]
const kept: Pick<GatewayOptions, 'cache'> =
  process.argv[2] === 'uncached' ? {} : { cache: createApplicationCache<View>({ clock, random, metrics }) }
const gateway = createGateway({
  contracts: [products],
  wire: memoryWire,
  versions,
  authenticator: createTokenAuthenticator({
    keys: parseTokenKeys(generateTokenKeys(random)),
    clock,
    standing: async () => ({ role: 'customer' }),
    apiKeys: async () => null,
  }),
  clock,
  random,
  logger: silentLogger,
  metrics,
  tracer: createTracer({ clock, random, sinks: [] }),
  ...kept,
  port: 0,
  settings: { rateLimitPerSecond: 1_000_000 },
})
console.log((await gateway.start()).url)

process.on('message', () => process.send!(process.cpuUsage()))
