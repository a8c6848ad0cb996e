import { resolve } from 'node:path'
import { systemClock, systemRandom, type Clock, type Random } from '../../core/index.ts'
import { createLogger, type Logger } from '../../observe/index.ts'
import type { AppDefinition } from '../app.ts'
import type { Environment, PlatformSettings } from '../process-options.ts'
import { settingsOf } from '../settings/service-settings.ts'
import { readSettings } from '../settings/settings.ts'
import { createStops } from '../stops.ts'
import type { Topology } from '../topology/topology.ts'
import { serveControl } from './control-server.ts'
import { createFleet, type Fleet } from './fleet.ts'
import { createMergedOutput } from './merged-output.ts'
import { createPrograms, secretsOf } from './programs.ts'
import { openServer, openShared } from './shared-parts.ts'

export interface SupervisorOptions {
  readonly app: AppDefinition
  readonly environment: Environment
  /** Checked: as `pickTopology` gives it. */
  readonly topology: Topology
  /** Program and arguments before `serve <process>`: node, its options, the command. */
  readonly program: readonly string[]
  /** Where the lines of all processes go. */
  readonly write: (text: string) => void
  readonly hasColours: boolean
  /** Breaks the start off. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly random?: Random
  readonly logger?: Logger
}

/** A whole topology on this machine, a child process for each instance of its processes. */
export interface Supervisor extends AsyncDisposable {
  readonly url: string
  readonly topology: string
  readonly fleet: Fleet
  /** What people should know about this start, in sentences. */
  readonly notes: readonly string[]
  /** Drains the gateway, then the others, then ends the database server. Idempotent. */
  stop(): Promise<void>
}

/**
 * Starts every process of a topology, keeps them running, tells each where the others are. Owns what they share: the
 * embedded database server, the gateway's socket, the secrets.
 * @throws `api.INVALID_OPTIONS`, and what the parts throw; a process that cannot start ends all.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { app, environment, topology, clock = systemClock, random = systemRandom } = options
  const settings = readSettings(settingsOf(app), environment) as PlatformSettings
  const logger = (options.logger ?? createLogger({ level: settings.LOG_LEVEL })).child({ process: 'supervisor' })
  const tools = { clock, random, logger }
  const dataFolder = resolve(settings.BANYAN_DATA!)
  const stops = createStops()
  try {
    const common = { ...tools, app, environment, topology, settings, dataFolder }
    const shared = await openShared(common, stops)
    const opening = openServer(common, stops)
    const fleet = createFleet({
      ...tools,
      topology,
      socket: shared.socket,
      output: createMergedOutput(options),
      programOf: createPrograms({ ...options, ...shared, dataFolder }),
      settingsOf: async (plan) => secretsOf(plan, { app, environment, ...shared, ...(await opening) }),
    })
    const control = await serveControl({ ...tools, path: shared.controlPath, fleet, topology })
    stops.push(() => control.stop())
    // The processes load their code meanwhile; they end before the server does, whichever came first.
    const starting = fleet.start()
    const [{ server }, ready] = await unlessAborted(Promise.all([opening, starting]), options.signal).finally(() =>
      stops.push(() => fleet.stop()),
    )
    const notes = [...(server.embedded?.notes ?? []), ...ready.flatMap((one) => one.notes)]
    const url = ready.find((one) => one.url !== null)!.url!
    return { url, topology: topology.name, fleet, notes, stop: stops.run, [Symbol.asyncDispose]: stops.run }
  } catch (error) {
    await stops.run()
    throw error
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', abort))
}
