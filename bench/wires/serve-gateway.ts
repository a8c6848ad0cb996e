import { systemClock, systemRandom } from 'banyan/core'
import { createGateway, createTokenAuthenticator, generateTokenKeys, parseTokenKeys } from 'banyan/gateway'
import { createCredentials, createRemoteWire, createStaticDiscovery, loadTransport, type WireName } from 'banyan/mesh'
import { createMetrics, createTracer, silentLogger } from 'banyan/observe'
import { products, SECRET, versions } from './contract.ts'

// As in production: tokens, limits, metrics, traces, balancing and resilience are on; only the limit is too high to be met.
const [wireName = 'stream', address = ''] = process.argv.slice(2)
const [clock, random, logger, metrics] = [systemClock, systemRandom, silentLogger, createMetrics()]
const transport = await loadTransport(wireName as WireName, { contracts: [products], release: 'bench' })
const credentials = createCredentials({ names: ['gateway'], secret: SECRET, clock })
const discovery = createStaticDiscovery({ products: address })
const wire = createRemoteWire({ contract: products, discovery, transport, credentials, clock, random, logger, metrics })
const gateway = createGateway({
  contracts: [products],
  wire,
  versions,
  authenticator: createTokenAuthenticator({
    keys: parseTokenKeys(generateTokenKeys(random)),
    clock,
    standing: async () => ({ role: 'customer' }),
    apiKeys: async () => null,
  }),
  clock,
  random,
  logger,
  metrics,
  tracer: createTracer({ clock, random, sinks: [] }),
  port: 0,
  settings: { rateLimitPerSecond: 1_000_000 },
})
console.log((await gateway.start()).url)
