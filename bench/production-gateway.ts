import { systemClock, systemRandom } from 'banyan/core'
import {
  createGateway,
  createTokenAuthenticator,
  createTokens,
  generateTokenKeys,
  parseTokenKeys,
  type GatewayOptions,
} from 'banyan/gateway'
import { createMetrics, createTracer, silentLogger } from 'banyan/observe'

export interface OpenGateway {
  readonly url: string
  /** Of user 42. */
  readonly token: string
}

type BenchOptions = Pick<GatewayOptions, 'contracts' | 'versions' | 'wire'> & Partial<GatewayOptions>

/** As in production: tokens, limits, metrics and traces are on; only the limit is too high to be met. */
export async function openGateway(options: BenchOptions): Promise<OpenGateway> {
  const [clock, random] = [systemClock, systemRandom]
  const keys = parseTokenKeys(generateTokenKeys(random))
  const gateway = createGateway({
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
    ...options,
  })
  const { accessToken } = await createTokens({ keys, clock }).issueAccessToken({ userId: '42', sessionId: 's1' })
  return { url: (await gateway.start()).url, token: accessToken }
}
