import { hostname } from 'node:os'
import { coreErrors, randomText, systemClock, systemRandom, type Clock, type Random } from '../core/index.ts'
import type { Wire } from '../contract/index.ts'
import { createGate } from '../command/index.ts'
import { resolveServer, type DatabaseLimits, type Server } from '../data/index.ts'
import { createGateway, type Gateway } from '../gateway/index.ts'
import { createLocalWire, type LocalWire, type Middleware } from '../mesh/index.ts'
import {
  createLogger,
  createMetrics,
  createSpanRing,
  createTracer,
  observeProcess,
  type Logger,
} from '../observe/index.ts'
import type { AppDefinition } from './app.ts'
import { noConsumers, startConsumers, type Consumers } from './consumers.ts'
import { createLogSources } from './log-sources.ts'
import { platformSettings } from './platform-settings.ts'
import type { ProcessTools } from './process-tools.ts'
import { migrateService, openService, type RunningService } from './running-service.ts'
import { loadSecrets } from './secrets.ts'
import { readSettings, type SettingValues } from './settings.ts'
import { pickTopology } from './topology.ts'

export type Environment = Readonly<Record<string, string | undefined>>
export type PlatformSettings = SettingValues<typeof platformSettings>

export interface ProcessOptions {
  readonly app: AppDefinition
  readonly environment: Environment
  /** `serve`: everything. `tools`: services and their data only, for commands that look and mend; nothing runs by itself. */
  readonly mode: 'serve' | 'tools'
  readonly clock?: Clock
  readonly random?: Random
  readonly logger?: Logger
  readonly databaseLimits?: DatabaseLimits
  /** Around every call of every service, the first outermost: faults in tests. Default none. */
  readonly middleware?: readonly Middleware[]
  /** Tests: the local wire encodes and decodes every call. Default false. */
  readonly encode?: boolean
}

/** One process of a topology, up and running. */
export interface RunningProcess extends AsyncDisposable {
  /** Where the gateway listens; `null` in `tools` mode. */
  readonly url: string | null
  readonly topology: string
  readonly wire: Wire
  readonly services: ReadonlyMap<string, RunningService>
  readonly consumers: Consumers
  readonly server: Server
  /** What people should know about this start, in sentences. */
  readonly notes: readonly string[]
  /** Drains: readiness off, finish what is in hand, give leases back, flush, close. May be called twice. */
  stop(): Promise<void>
}

/**
 * Starts an app in this process: settings, secrets, databases, migrations, services, sagas, consumers, first start, gateway.
 * Whatever had been started is stopped again when a later part fails.
 * @throws `api.INVALID_OPTIONS` with every fault of the settings, and what the parts throw.
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { app, environment } = options
  const settings = readSettings({ ...platformSettings, ...app.settings }, environment) as PlatformSettings
  const names = app.services.map((service) => service.contract.name)
  const topology = pickTopology(app.topologies, settings.BANYAN_TOPOLOGY!, names)
  const stops: (() => Promise<void>)[] = []
  try {
    const tools = await prepareTools(options, settings)
    const stopObserving = observeProcess(tools.metrics)
    stops.push(async () => stopObserving())
    const server = await resolveServer({
      ...tools,
      settings: environment,
      services: names,
      attach: options.mode === 'tools',
    })
    stops.push(() => server.stop())
    const wire = createLocalWire({ clock: tools.clock, encode: options.encode ?? false })
    const services = await openServices(options, { tools, wire, server })
    stops.push(() => stopServices(services))
    const sources = createLogSources({ services, wire, tools })
    stops.push(() => sources.stop())
    const consumers = options.mode === 'serve' ? startConsumers({ services, sources, tools }) : noConsumers
    stops.push(() => consumers.stop())
    const parts = { options, settings, tools, wire, services }
    const started = options.mode === 'serve' ? await serve(parts, stops) : { url: null, notes: [] }
    const stop = once(() => stopAll(stops))
    const notes = [...(server.embedded?.notes ?? []), ...started.notes]
    const common = { topology: topology.name, wire, services, consumers, server, notes, stop }
    return { ...common, url: started.url, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stopAll(stops)
    throw error
  }
}

async function prepareTools(options: ProcessOptions, settings: PlatformSettings): Promise<ProcessTools> {
  const { environment, clock = systemClock, random = systemRandom } = options
  const dataFolder = settings.BANYAN_DATA!
  const production = settings.NODE_ENV === 'production'
  const secrets = await loadSecrets({ environment, dataFolder, production, random })
  return {
    clock,
    random,
    logger: options.logger ?? createLogger({ level: settings.LOG_LEVEL }),
    metrics: createMetrics(),
    tracer: createTracer({ clock, random, sinks: [createSpanRing()] }),
    settings: { ...environment, BANYAN_DATA: dataFolder, TOKEN_KEYS: secrets.tokenKeys },
    masterSecret: secrets.masterSecret,
    processName: settings.BANYAN_PROCESS ?? defaultProcessName(environment, random),
    gate: createGate({ clock }),
    databaseLimits: options.databaseLimits,
  }
}

/** The embedded database serves one process at a time, so that process may have the same name at each start. */
function defaultProcessName(environment: Environment, random: Random): string {
  return environment.DATABASE_URL ? `${hostname()}-${process.pid}-${randomText(random, 6)}` : 'trunk'
}

interface OpenParts {
  readonly tools: ProcessTools
  readonly wire: LocalWire
  readonly server: Server
}

async function openServices(
  { app, mode, middleware = [] }: ProcessOptions,
  parts: OpenParts,
): Promise<Map<string, RunningService>> {
  await Promise.all(
    app.services.map((service) => migrateService(service, parts.server.connectionOf(service.contract.name))),
  )
  return new Map(
    app.services.map((service) => {
      const { name } = service.contract
      const isAlone = mode === 'serve' && parts.server.embedded !== null
      const connection = parts.server.connectionOf(name)
      const databaseOf = (database: string) => parts.server.databaseOf(name, database)
      return [name, openService(service, { ...parts, connection, databaseOf, middleware, isAlone })]
    }),
  )
}

async function stopServices(services: ReadonlyMap<string, RunningService>): Promise<void> {
  await Promise.all([...services.values()].map((service) => service.stop()))
}

interface ServeParts {
  readonly options: ProcessOptions
  readonly settings: PlatformSettings
  readonly tools: ProcessTools
  readonly wire: LocalWire
  readonly services: ReadonlyMap<string, RunningService>
}

async function serve(parts: ServeParts, stops: (() => Promise<void>)[]) {
  const { app } = parts.options
  await Promise.all([...parts.services.values()].map((service) => service.start()))
  const production = parts.settings.NODE_ENV === 'production'
  const notes = (await app.firstStart?.({ ...parts.tools, wire: parts.wire, production })) ?? []
  const gateway = openGateway(parts)
  stops.push(() => gateway.stop())
  const { url } = await gateway.start()
  return { url, notes }
}

function openGateway({ options: { app }, settings, tools, wire, services }: ServeParts): Gateway {
  return createGateway({
    ...tools,
    contracts: app.services.map((service) => service.contract),
    info: { title: app.name, version: String(app.versions.current) },
    wire,
    versions: app.versions,
    authenticator: app.authenticator({ ...tools, wire, tokenKeys: tokenKeysOf(tools) }),
    attemptLimits: app.attemptLimits,
    notices: app.notices,
    host: settings.HOST,
    port: settings.PORT,
    trustProxy: settings.TRUST_PROXY,
    corsOrigins: settings.CORS_ORIGINS,
    metricsToken: settings.METRICS_TOKEN,
    readiness: readinessOf(services),
    settings: { rateLimitPerSecond: settings.RATE_LIMIT_PER_SECOND, drainDelayMs: settings.DRAIN_DELAY_MS },
  })
}

function tokenKeysOf(tools: ProcessTools) {
  return platformSettings.TOKEN_KEYS.parse(tools.settings.TOKEN_KEYS!)
}

function readinessOf(services: ReadonlyMap<string, RunningService>) {
  return Object.fromEntries(
    [...services.values()].map(({ name, shards }) => [
      `database of ${name}`,
      async () => void (await Promise.all(shards.all().map((database) => database.query('SELECT 1')))),
    ]),
  )
}

/** Last started, first stopped. One that fails to stop does not keep the others from it. */
async function stopAll(stops: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const stop of stops.toReversed()) await stop().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw coreErrors.INTERNAL({}, { cause: new AggregateError(failures, 'stopping failed') })
}

function once(task: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | null = null
  return () => (result ??= task())
}
