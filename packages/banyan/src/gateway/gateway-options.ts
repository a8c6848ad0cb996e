import type { FastifyInstance } from 'fastify'
import type { ApplicationCache, KeptList } from '../cache/index.ts'
import type { Contract, Frontier, OpenApiInfo, Versions, Wire } from '../contract/index.ts'
import type { Clock, Random } from '../core/index.ts'
import type { Logger, Metrics, Tracer } from '../observe/index.ts'
import type { VersionNotice } from './request/api-version.ts'
import type { OpenAttemptCounter } from './limits/attempt-counter.ts'
import type { AttemptLimit } from './limits/attempt-limits.ts'
import type { Authenticator } from './identity/authenticator.ts'
import type { View } from './caching/cached-views.ts'
import type { TrustProxy } from './request/client-address.ts'
import type { GatewaySettings } from './gateway-settings.ts'
import type { ListeningSocket } from './server/listening-socket.ts'
import type { RateLimiter } from './limits/rate-limiter.ts'
import type { ReadinessCheck } from './pages/readiness.ts'

export interface GatewayOptions {
  /** Every contract that is reached from outside; internal operations are never routed. */
  readonly contracts: readonly Contract[]
  readonly wire: Wire
  readonly versions: Versions
  readonly authenticator: Authenticator
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
  readonly tracer: Tracer
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** 0: any free port. Default 3000. */
  readonly port?: number
  /** Accepts from this socket, which others share, in place of `host` and `port`. */
  readonly socket?: ListeningSocket
  /** What the OpenAPI document calls the API. */
  readonly info?: OpenApiInfo
  /** By name, as people call it (`database of orders`): what must answer before this gateway is ready. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>>
  /** Versions on their way out, by number. */
  readonly notices?: Readonly<Record<number, VersionNotice>>
  /** Limits guessing at single operations, e.g. log-in. */
  readonly attemptLimits?: readonly AttemptLimit[]
  /** Who counts them. Default: this gateway, for itself. */
  readonly attemptCounter?: OpenAttemptCounter
  /** A limiter shared by several gateways. Default: one in this process's memory. */
  readonly rateLimiter?: RateLimiter
  /** From `parseTrustProxy`. Default: nobody is believed. */
  readonly trustProxy?: TrustProxy
  /** From `parseCorsOrigins`. Default: none. */
  readonly corsOrigins?: readonly string[]
  /** Clients reach us over HTTPS (also when a proxy ends it): adds `Strict-Transport-Security`. Default false. */
  readonly https?: boolean
  /** Lets a scraper elsewhere read `/metrics`; without one only this machine may. */
  readonly metricsToken?: string
  /** How far the logs have come, as this process knows it. Default: nothing is known, and no token is sent. */
  readonly frontier?: Frontier
  /** Signs consistency tokens: at least 32 bytes, the same at every gateway. Default: random. */
  readonly consistencySecret?: Buffer
  /** Names the header that carries the cache tags of an answer: as the CDN in front wants it. Default `Cache-Tag`. */
  readonly cacheTagHeader?: string
  /** Keeps answers of queries whose contract says so. Default: nothing is kept. */
  readonly cache?: ApplicationCache<View>
  /** What it keeps, for `/cache/entries`. Default: nothing is told. */
  readonly listKept?: () => KeptList
  readonly settings?: Partial<GatewaySettings>
  /** Adds routes that no contract describes: the console. */
  readonly extend?: (app: FastifyInstance) => void | Promise<void>
}
