import type { FaultPoint, FaultPoints } from '../core/index.ts'
import { resolveServer, type Server } from '../data/index.ts'
import { createCredentials, loadTransport, type WireServer } from '../mesh/index.ts'
import { withLogOperations } from '../log/index.ts'
import { openBroker } from './events/broker.ts'
import { noConsumers, startConsumers } from './events/consumers.ts'
import { keepLayout } from './data-layout.ts'
import { openGateway, runFirstStart } from './edge/edge.ts'
import { releaseOf } from './app.ts'
import { openHealthServer, type HealthServer } from './edge/health-server.ts'
import { openEdgeCache } from './edge/edge-cache.ts'
import { holdSocket } from './edge/hold-socket.ts'
import { linkBySettings } from './links/links.ts'
import { createLogSources } from './events/log-sources.ts'
import { openServices } from './services/open-services.ts'
import { planProcess, type PlannedProcess } from './plan-process.ts'
import { prepareTools } from './prepare-tools.ts'
import type { ProcessOptions, RunningProcess } from './process-options.ts'
import type { ProcessTools } from './process-tools.ts'
import { createProcessWires, type ProcessWires, type RemoteParts } from './links/process-wires.ts'
import { openPurgers } from './events/purgers.ts'
import { followQueries } from './services/query-caches.ts'
import { createReadinessChecks, waitForNeeds } from './edge/readiness.ts'
import { requireServeSettings } from './settings/require-serve-settings.ts'
import type { RunningService } from './services/running-service.ts'
import { deriveSecret } from './settings/secrets.ts'
import { openSharedLimits } from './edge/shared-limits.ts'
import { createStops, type Stops } from './stops.ts'
import { readWireTls } from './links/wire-tls.ts'

/**
 * Starts one process of an app: settings, secrets, databases, migrations, services, sagas, consumers, first start, gateway,
 * as far as its plan says. Whatever had been started is stopped again when a later part fails.
 * @throws `api.INVALID_OPTIONS` with every fault of the settings, and what the parts throw.
 */
export async function startProcess(given: ProcessOptions): Promise<RunningProcess> {
  const planned = await planProcess(given)
  if (planned.isLinked && !given.links) requireServeSettings(planned, given.environment)
  const stops = createStops()
  try {
    const options = await holdSocket(given, planned, stops)
    const tools = await prepareTools(options, planned, stops)
    const { faults } = tools
    await faults.reach('start.planned')
    const health = await openHealth({ options, planned, tools })
    stops.push(() => health?.stop())
    const server = await openServer({ options, planned, tools })
    stops.push(() => server?.stop())
    if (server?.embedded && options.mode === 'serve') await keepLayout(tools.settings.BANYAN_DATA!, planned.topology)
    await faults.reach('start.database-open')
    const remote = await openRemote({ options, planned, tools })
    const wires = openWires({ options, planned, tools }, remote)
    stops.push(() => wires.stop())
    const services = server ? await openServices({ options, planned, tools, wires, server }) : NO_SERVICES
    stops.push(thenReach(faults, 'drain.services-closed', () => stopServices(services)))
    await faults.reach('start.services-open')
    const opened = { options, planned, tools, health, remote, wires, services }
    const started = options.mode === 'serve' ? await serve(opened, stops) : IDLE
    health?.ready(createReadinessChecks(services, pickNeeded(wires, planned)))
    stops.push(() => health?.drain())
    stops.push(thenReach(faults, 'drain.begun'))
    const notes = [...(server?.embedded?.notes ?? []), ...started.notes]
    const common = {
      health: health?.url ?? null,
      topology: planned.topology.name,
      wire: wires,
      services,
      server,
      stop: stops.run,
    }
    return { ...common, ...started, notes, [Symbol.asyncDispose]: stops.run }
  } catch (error) {
    await stops.run()
    throw error
  }
}

/** What ends a part, and the fault point behind it. */
function thenReach(faults: FaultPoints, point: FaultPoint, stop: () => void | Promise<void> = () => {}) {
  return async () => {
    await stop()
    await faults.reach(point)
  }
}

const NO_SERVICES: ReadonlyMap<string, RunningService> = new Map()
const IDLE = { url: null, address: null, notes: [], consumers: noConsumers }

interface Parts {
  readonly options: ProcessOptions
  readonly planned: PlannedProcess
  readonly tools: ProcessTools
}

function openHealth({ options, planned, tools }: Parts): Promise<HealthServer> | null {
  const { HEALTH_ADDRESS: address, METRICS_TOKEN: metricsToken = null } = planned.settings
  return address && options.mode === 'serve' ? openHealthServer({ ...tools, ...address, metricsToken }) : null
}

/** A service whose other callees are away still does what needs none of them. */
function pickNeeded({ remote }: ProcessWires, { needs }: PlannedProcess): Pick<ProcessWires, 'remote'> {
  return { remote: new Map([...remote].filter(([service]) => needs.includes(service))) }
}

interface OpenedParts extends Parts {
  readonly health: HealthServer | null
  readonly remote: RemoteParts | null
  readonly wires: ProcessWires
  readonly services: ReadonlyMap<string, RunningService>
}

function openServer({ options, planned, tools }: Parts): Promise<Server> | null {
  const services = planned.services.map(({ contract }) => contract.name)
  if (services.length === 0) return null
  return resolveServer({ ...tools, settings: options.environment, services, attach: options.mode === 'tools' })
}

function openWires({ tools, planned, options }: Parts, remote: RemoteParts | null): ProcessWires {
  const { topology, elsewhere } = planned
  return createProcessWires({ tools, topology, elsewhere, remote, encode: options.encode ?? false })
}

/** How this process meets others; `null`: there are none. */
async function openRemote({ options, planned, tools }: Parts): Promise<RemoteParts | null> {
  if (!planned.isLinked) return null
  const links = options.links ?? linkBySettings({ planned, tools })
  // As they are served between processes: who leaves the logs out over one wire has a shop without events there.
  const contracts = options.app.services.map(({ contract }) => withLogOperations(contract))
  const app = { contracts, release: releaseOf(options.app), protoLock: options.app.protoLock }
  const transport = await loadTransport(planned.topology.wire ?? 'stream', app)
  const own = planned.services.map(({ contract }) => contract.name)
  const names = planned.plan.gateway ? [...own, ...EDGE_NAMES] : own
  const tls = await readWireTls(planned.settings)
  const secret = deriveSecret(tools.masterSecret, 'wire')
  const credentials = createCredentials({ names, secret, clock: tools.clock, tls })
  return { links, transport, credentials }
}

/** In whose names the edge calls: its own, and that of what fills an empty system. */
const EDGE_NAMES = ['gateway', 'first-start']

async function stopServices(services: ReadonlyMap<string, RunningService>): Promise<void> {
  await Promise.all([...services.values()].map((service) => service.stop()))
}

/** Lets others in, begins to act, and opens the edge: last, because from then on people come. */
async function serve(parts: OpenedParts, stops: Stops) {
  const { planned, tools, wires, services } = parts
  const { faults } = tools
  const wireServer = await listen(parts)
  stops.push(thenReach(faults, 'drain.wire-drained', () => drainWire(wireServer, services)))
  await faults.reach('start.wire-open')
  // Stopped before the wire is drained: who reads the log of another process holds a call of it, and both may be ending.
  const broker = openBroker({ services, tools })
  stops.push(() => broker?.stop())
  const contracts = parts.options.app.services.map(({ contract }) => contract)
  const purgers = openPurgers({ contracts, services, tools })
  stops.push(() => purgers?.stop())
  const sources = createLogSources({ services, wire: wires, broker, tools, wrap: parts.options.wrapLog })
  stops.push(() => sources.stop())
  const queries = followQueries({ services, sources })
  stops.push(() => queries.stop())
  const consumers = startConsumers({ services, sources, tools })
  stops.push(thenReach(faults, 'drain.consumers-stopped', () => consumers.stop()))
  await faults.reach('start.consumers-started')
  await Promise.all([...services.values()].map((service) => service.start()))
  await faults.reach('start.sagas-started')
  await waitForNeeds({ tools, wires, needs: planned.needs, signal: parts.options.signal })
  const address = wireServer?.address ?? null
  if (!planned.plan.gateway) return { url: null, address, notes: [], consumers }
  const kept = await openEdgeCache({ ...planned, contracts: contractsOf(parts), sources, tools })
  stops.push(() => kept?.stop())
  if (kept) parts.health?.keeps(kept.list)
  const limits = (await openSharedLimits(planned.settings, tools)) ?? undefined
  stops.push(() => limits?.stop())
  const edge = {
    ...parts,
    wire: wires,
    checks: createReadinessChecks(services, wires),
    kept,
    limits,
  }
  const notes = await runFirstStart(edge)
  await faults.reach('start.filled')
  const gateway = await openGateway(edge)
  const lingerMs = () => (parts.options.isReplaced?.() ? { lingerMs: REPLACED_LINGER_MS } : {})
  stops.push(thenReach(faults, 'drain.gateway-closed', () => gateway.stop(lingerMs())))
  const { url } = await gateway.start()
  await faults.reach('start.gateway-open')
  return { url, address, notes, consumers }
}

function contractsOf({ options }: OpenedParts) {
  return options.app.services.map(({ contract }) => contract)
}

/**
 * How long a replaced gateway keeps connections that nobody uses: cut at once, each would be a failed request for the client
 * that was about to use it. Clients in use leave with their next answer, which says `Connection: close`.
 */
const REPLACED_LINGER_MS = 10_000

/** How long calls in hand may take when a process stops: as long as the slowest operation may. */
const DRAIN_TIMEOUT_MS = 20_000

/** Callers hear first that they must go elsewhere, and those that wait for events then come back at once, to ask elsewhere. */
function drainWire(server: WireServer | null, services: OpenedParts['services']): Promise<void> | undefined {
  const drained = server?.stop(DRAIN_TIMEOUT_MS)
  for (const service of services.values()) service.releaseReaders()
  return drained
}

async function listen({ wires, tools, remote }: OpenedParts): Promise<WireServer | null> {
  const endpoints = wires.endpoints()
  if (!remote || remote.links.address === null || endpoints.length === 0) return null
  const { transport, credentials, links } = remote
  return transport.serve({ ...tools, address: links.address!, endpoints, credentials })
}
