import { rm } from 'node:fs/promises'
import type { Clock, Random } from '../../core/index.ts'
import { resolveServer, type ConnectionOptions, type Server } from '../../data/index.ts'
import { openListeningSocket, type ListeningSocket } from '../../gateway/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { AppDefinition } from '../app.ts'
import { keepLayout } from '../data-layout.ts'
import { placeDatabases } from '../services/databases.ts'
import type { Environment, PlatformSettings } from '../process-options.ts'
import { loadSecrets, type Secrets } from '../settings/secrets.ts'
import type { Stops } from '../stops.ts'
import type { Topology } from '../topology/topology.ts'
import { refuseSecondSupervisor } from './control-client.ts'
import { findControlSocket, prepareRunFolder } from './run-folder.ts'

export interface SharedPartsOptions {
  readonly app: AppDefinition
  readonly environment: Environment
  readonly topology: Topology
  readonly settings: PlatformSettings
  /** Absolute. */
  readonly dataFolder: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** What all processes of a fleet share, and their supervisor owns. */
export interface SharedParts {
  readonly secrets: Secrets
  readonly runFolder: string
  readonly controlPath: string
  readonly socket: ListeningSocket
}

/** @throws `api.INVALID_OPTIONS` */
export async function openShared(options: SharedPartsOptions, stops: Stops): Promise<SharedParts> {
  const { environment, settings, dataFolder, random } = options
  const controlPath = findControlSocket(dataFolder)
  await refuseSecondSupervisor(controlPath, dataFolder)
  const socket = await openListeningSocket(settings.HOST!, settings.PORT!)
  stops.push(() => socket[Symbol.dispose]())
  const mustBeSet = settings.NODE_ENV === 'production'
  const secrets = await loadSecrets({ environment, dataFolder, mustBeSet, random })
  const runFolder = await prepareRunFolder(dataFolder)
  stops.push(() => rm(runFolder, { recursive: true, force: true }))
  return { secrets, runFolder, controlPath, socket }
}

export interface SharedServer {
  readonly server: Server
  /** Where each service keeps its data. */
  readonly databases: ReadonlyMap<string, ConnectionOptions>
}

/** @throws `data.EMBEDDED_HELD` and what else the database server throws. */
export async function openServer(options: SharedPartsOptions, stops: Stops): Promise<SharedServer> {
  const { app, environment, topology, dataFolder } = options
  const services = app.services.map(({ contract }) => contract.name)
  const server = await resolveServer({ ...options, settings: { ...environment, BANYAN_DATA: dataFolder }, services })
  stops.push(() => server.stop())
  if (server.embedded) await keepLayout(dataFolder, topology)
  return { server, databases: await placeDatabases({ server, topology, services, settings: environment }) }
}
