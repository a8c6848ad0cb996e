import type { Wire } from '../../contract/index.ts'
import { createGateway, type Gateway, type ReadinessCheck } from '../../gateway/index.ts'
import type { EdgeCache } from './edge-cache.ts'
import { withFaultPoints } from './fault-wire.ts'
import { platformSettings } from '../settings/platform-settings.ts'
import type { PlannedProcess } from '../plan-process.ts'
import type { ProcessOptions } from '../process-options.ts'
import type { ProcessTools } from '../process-tools.ts'
import { deriveSecret } from '../settings/secrets.ts'
import type { SharedLimits } from './shared-limits.ts'

export interface EdgeParts {
  readonly options: ProcessOptions
  readonly planned: PlannedProcess
  readonly tools: ProcessTools
  readonly wire: Wire
  readonly checks: Readonly<Record<string, ReadinessCheck>>
  /** `null`: it keeps nothing. */
  readonly kept: EdgeCache | null
  /** `undefined`: this gateway counts for itself. */
  readonly limits: Pick<SharedLimits, 'limiter' | 'attemptCounter'> | undefined
}

/** Fills an empty system once. Whoever comes later, or at the same time, finds it done. */
export async function runFirstStart({ options, planned, tools, wire }: EdgeParts): Promise<readonly string[]> {
  const production = planned.settings.NODE_ENV === 'production'
  return (await options.app.firstStart?.({ ...tools, wire, production })) ?? []
}

export async function openGateway({
  options,
  planned,
  tools,
  wire,
  checks,
  kept,
  limits,
}: EdgeParts): Promise<Gateway> {
  const { app, socket } = options
  const { settings } = planned
  return createGateway({
    ...tools,
    contracts: app.services.map((service) => service.contract),
    info: { title: app.name, version: String(app.versions.current) },
    wire: withFaultPoints(wire, tools.faults),
    versions: app.versions,
    authenticator: app.authenticator({ ...tools, wire, tokenKeys: tokenKeysOf(tools) }),
    attemptLimits: app.attemptLimits,
    notices: app.notices,
    host: settings.HOST,
    port: settings.PORT,
    socket: await socket?.(),
    trustProxy: settings.TRUST_PROXY,
    corsOrigins: settings.CORS_ORIGINS,
    metricsToken: settings.METRICS_TOKEN,
    cacheTagHeader: settings.CACHE_TAG_HEADER,
    consistencySecret: deriveSecret(tools.masterSecret, 'consistency tokens'),
    cache: kept?.cache,
    listKept: kept?.list,
    rateLimiter: limits?.limiter,
    attemptCounter: limits?.attemptCounter,
    readiness: checks,
    settings: { rateLimitPerSecond: settings.RATE_LIMIT_PER_SECOND, drainDelayMs: settings.DRAIN_DELAY_MS },
  })
}

function tokenKeysOf(tools: ProcessTools) {
  return platformSettings.TOKEN_KEYS.parse(tools.settings.TOKEN_KEYS!)
}
