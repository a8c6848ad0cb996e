import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { createFrontier } from '../contract/index.ts'
import { createHttpPipelines, type HttpPipelines } from '../core/index.ts'
import { createAdmission, type Admission } from './limits/admission.ts'
import { createApiVersions, type VersionNotice } from './request/api-version.ts'
import type { OperationRoute } from './operations/carry-out.ts'
import type { TrustProxy } from './request/client-address.ts'
import { createConsistencyTokens } from './request/consistency-tokens.ts'
import { createCors } from './answer/cors.ts'
import { mountDocsPage, mountOpenApi, mountRoot, type DocsTools } from './pages/docs-routes.ts'
import { createDrain, type Drain, type DrainHow } from './server/drain.ts'
import { createEdge } from './edge.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { parseGatewaySettings, type GatewaySettings } from './gateway-settings.ts'
import { createHangUpSignals } from './request/hang-up-signals.ts'
import { createInFlight, type InFlight } from './limits/in-flight.ts'
import { portFailure, type ListeningSocket } from './server/listening-socket.ts'
import { listRoutes, mountOperations } from './operations/mount-operations.ts'
import { createLocalRateLimiter } from './limits/rate-limiter.ts'
import { createReadiness } from './pages/readiness.ts'
import { createRequestIds } from './request-id.ts'
import { createSecurityHeaders } from './answer/security-headers.ts'
import { createServer } from './server/server.ts'
import { mountSystemRoutes, type SystemTools } from './pages/system-routes.ts'
import { createUnknownPathHandler } from './pages/unknown-path.ts'

export interface Gateway extends AsyncDisposable {
  /** @throws `api.INVALID_OPTIONS` when the port is taken. */
  start(): Promise<{ readonly url: string }>
  /** Drains: not ready, still serving, then no new connections, then the end within `drainTimeoutMs`. */
  stop(how?: DrainHow): Promise<void>
}

/**
 * The edge: mounts the operations of contracts as REST routes in this process and carries each request over the wire.
 * @throws `api.INVALID_OPTIONS` naming each setting out of its bounds and each limit of an operation that nobody has.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const settings = parseGatewaySettings(options.settings ?? {})
  const routes = listRoutes(options)
  let running: Promise<Running> | null = null

  return {
    async start() {
      running ??= openGateway({ options, settings, routes })
      const { url } = await running.catch((error: unknown) => {
        running = null
        throw error
      })
      return { url }
    },
    async stop(how) {
      const stopping = running
      const open = await stopping
      await open?.drain.run(open.app, how)
      if (running === stopping) running = null
    },
    async [Symbol.asyncDispose]() {
      await this.stop()
    },
  }
}

interface Running {
  readonly app: FastifyInstance
  readonly drain: Drain
  readonly url: string
}

interface Plan {
  readonly options: GatewayOptions
  readonly settings: GatewaySettings
  readonly routes: readonly OperationRoute[]
}

async function openGateway(plan: Plan): Promise<Running> {
  const { clock } = plan.options
  const inFlight = createInFlight(plan.settings.maxInFlight)
  const pipelines = createHttpPipelines()
  const drain = createDrain({ clock, inFlight, pipelines, settings: plan.settings })
  const app = await createApp(plan, { inFlight, drain, pipelines })
  await listen(app, plan.options)
  return { app, drain, url: urlOf(app) }
}

async function listen(
  app: FastifyInstance,
  { host = '127.0.0.1', port = 3000, socket }: GatewayOptions,
): Promise<void> {
  const listening = socket ? listenOn(app, socket) : app.listen({ host, port })
  await listening.catch((error: unknown) => {
    throw portFailure(error, socket?.address ?? { host, port })
  })
}

async function listenOn(app: FastifyInstance, { handle }: ListeningSocket): Promise<void> {
  await app.ready()
  const listening = once(app.server, 'listening')
  app.server.listen(handle)
  await listening
}

interface Lifecycle {
  readonly inFlight: InFlight
  readonly drain: Drain
  readonly pipelines: HttpPipelines
}

async function createApp({ options, settings, routes }: Plan, lifecycle: Lifecycle): Promise<FastifyInstance> {
  const { random, trustProxy = NOBODY } = options
  const { isDraining } = lifecycle.drain
  const cors = createCors(options.corsOrigins ?? [])
  const securityHeaders = createSecurityHeaders({ https: options.https ?? false })
  const { pipelines } = lifecycle
  const edge = createEdge({ ...options, ...settings, cors, securityHeaders, isDraining, pipelines })
  const versions = createApiVersions(options.versions, toNotices(options))
  const admission = createEdgeAdmission(options, settings)
  const nameRequest = createRequestIds(random)
  const raw = { securityHeaders, nameRequest: () => nameRequest(undefined), now: edge.now, pipelines }

  const app = await createServer({ edge, settings, rawAnswers: { ...settings, ...raw } })
  const hangUpOf = createHangUpSignals()
  const consistency = createConsistency(options)
  const shared = { edge, versions, admission, cors, trustProxy, hangUpOf, consistency }
  const tools = { ...options, ...settings, ...lifecycle, ...shared, cache: options.cache ?? null }
  mountOperations(app, tools, routes)
  mountDocuments(app, tools, options)
  mountHealth(app, { edge, isDraining }, options)
  await options.extend?.(app)
  mountRoot(app, tools)
  app.setNotFoundHandler(createUnknownPathHandler(app, tools))
  return app
}

function createConsistency({ frontier = createFrontier(), random, clock, https = false, ...given }: GatewayOptions) {
  const secret = given.consistencySecret ?? random.bytes(32)
  return createConsistencyTokens({ frontier, secret, clock, https })
}

function mountDocuments(app: FastifyInstance, tools: DocsTools, options: GatewayOptions): void {
  const deprecated = Object.keys(options.notices ?? {}).map(Number)
  mountOpenApi(app, tools, { ...options, info: options.info ?? ANONYMOUS_API, deprecated })
  mountDocsPage(app, tools)
}

function mountHealth(app: FastifyInstance, shared: Pick<SystemTools, 'edge' | 'isDraining'>, options: GatewayOptions) {
  const { clock, metrics, metricsToken = null, listKept = null } = options
  const readiness = createReadiness({ checks: options.readiness ?? {}, clock })
  mountSystemRoutes(app, { ...shared, readiness, metrics, metricsToken, listKept })
}

function createEdgeAdmission(options: GatewayOptions, { rateLimitPerSecond }: GatewaySettings): Admission {
  const { authenticator, clock, trustProxy = NOBODY } = options
  const memory = () => createLocalRateLimiter({ limit: rateLimitPerSecond, windowMs: 1_000, clock })
  const limiter = rateLimitPerSecond === 0 ? null : (options.rateLimiter ?? memory())
  return createAdmission({ authenticator, limiter, limitPerSecond: rateLimitPerSecond, trustProxy })
}

const ANONYMOUS_API = { title: 'API', version: '0' }
const NOBODY: TrustProxy = Object.freeze({ kind: 'none' })

function toNotices({ notices = {} }: GatewayOptions): ReadonlyMap<number, VersionNotice> {
  return new Map(Object.entries(notices).map(([version, notice]) => [Number(version), notice]))
}

function urlOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
