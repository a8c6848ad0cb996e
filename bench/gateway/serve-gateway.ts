import { systemClock, systemRandom } from 'banyan/core'
import {
  createGateway,
  createTokenAuthenticator,
  createTokens,
  generateTokenKeys,
  parseTokenKeys,
} from 'banyan/gateway'
import { createMetrics, createTracer, silentLogger } from 'banyan/observe'
import { memoryWire, products, versions } from './product.ts'

// As in production: tokens, limits, metrics and traces are on; only the limit is too high to be met.
const [clock, random] = [systemClock, systemRandom]
const keys = parseTokenKeys(generateTokenKeys(random))
const gateway = createGateway({
  contracts: [products],
  wire: memoryWire,
  versions,
  authenticator: createTokenAuthenticator({
    keys,
    clock,
    standing: async () => ({ role: 'customer' }),
    apiKeys: async () => null,
  }),
  clock,
  random,
  logger: silentLogger,
  metrics: createMetrics(),
  tracer: createTracer({ clock, random, sinks: [] }),
  port: 0,
  settings: { rateLimitPerSecond: 1_000_000 },
})
const { accessToken } = await createTokens({ keys, clock }).issueAccessToken({ userId: '42', sessionId: 's1' })
console.log(`${(await gateway.start()).url} ${accessToken}`)

process.on('message', () => process.send!(process.cpuUsage()))
