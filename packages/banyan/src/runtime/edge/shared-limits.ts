import { createCircuit, createRedisClient } from '../../cache/index.ts'
import {
  countInRedis,
  createSharedRateLimiter,
  createSpendLedger,
  readAttemptScripts,
  readSpendScripts,
  type OpenAttemptCounter,
  type RateLimiter,
} from '../../gateway/index.ts'
import type { PlatformSettings } from '../process-options.ts'
import type { ProcessTools } from '../process-tools.ts'

export interface SharedLimits {
  /** `undefined`: requests have no limit. */
  readonly limiter: RateLimiter | undefined
  readonly attemptCounter: OpenAttemptCounter
  stop(): Promise<void>
}

/** `null`: there is no Redis through which gateways could share limits. */
export async function openSharedLimits(settings: PlatformSettings, tools: ProcessTools): Promise<SharedLimits | null> {
  const { REDIS_URL: url, REDIS_PREFIX: prefix, RATE_LIMIT_PER_SECOND: limit } = settings
  if (!url) return null
  const scripts = { ...readSpendScripts(), ...readAttemptScripts() }
  // A connection of its own: a large answer under way must not hold up what decides about requests.
  const client = await createRedisClient({ url, logger: tools.logger, scripts, tellsOutages: false })
  const { processName: gateway } = tools
  const help = 'Calls that failed in which this gateway was to tell the others what it let through.'
  const failed = tools.metrics.counter({ name: 'banyan_rate_limit_shared_failures_total', help })
  const circuit = createCircuit({ ...tools, failed })
  const told = { client, circuit, prefix: prefix!, gateway, clock: tools.clock }
  const spend = { limit: limit!, windowMs: 1_000, clock: tools.clock }
  const limiter = limit === 0 ? undefined : createSharedRateLimiter({ ...spend, ledger: createSpendLedger(told) })
  return { limiter, attemptCounter: countInRedis(told), stop: client.stop }
}
