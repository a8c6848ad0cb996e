import { createCircuit, createRedisClient } from '../cache/index.ts'
import { createSharedRateLimiter, createSpendLedger, readSpendScripts, type RateLimiter } from '../gateway/index.ts'
import type { PlatformSettings } from './process-options.ts'
import type { ProcessTools } from './process-tools.ts'

export interface SharedRateLimit {
  readonly limiter: RateLimiter
  stop(): Promise<void>
}

/** `null`: there is no limit, or no Redis through which gateways could share it. */
export async function openSharedRateLimit(
  settings: PlatformSettings,
  tools: ProcessTools,
): Promise<SharedRateLimit | null> {
  const { REDIS_URL: url, REDIS_PREFIX: prefix, RATE_LIMIT_PER_SECOND: limit } = settings
  if (!url || limit === 0) return null
  // A connection of its own: a large answer under way must not hold up what decides about requests.
  const client = await createRedisClient({ url, logger: tools.logger, scripts: readSpendScripts() })
  const { processName: gateway } = tools
  const help = 'Calls that failed in which this gateway was to tell the others what it let through.'
  const failed = tools.metrics.counter({ name: 'banyan_rate_limit_shared_failures_total', help })
  const circuit = createCircuit({ ...tools, failed })
  const ledger = createSpendLedger({ client, circuit, prefix: prefix!, gateway })
  const limiter = createSharedRateLimiter({ limit: limit!, windowMs: 1_000, clock: tools.clock, ledger })
  return { limiter, stop: client.stop }
}
