import type { ConnectionOptions, Server } from '../../data/index.ts'
import { createShedding, type Middleware } from '../../mesh/index.ts'
import { openQueryCache } from './query-caches.ts'
import { placeDatabases } from './databases.ts'
import type { PlannedProcess } from '../plan-process.ts'
import type { ProcessOptions } from '../process-options.ts'
import type { ProcessTools } from '../process-tools.ts'
import type { ProcessWires } from '../links/process-wires.ts'
import { migrateService, openService, type RunningService } from './running-service.ts'

export interface OpenServicesOptions {
  readonly options: ProcessOptions
  readonly planned: PlannedProcess
  readonly tools: ProcessTools
  readonly wires: ProcessWires
  readonly server: Server
}

/** Migrates and opens the services of a process: from then on they serve. */
export async function openServices(parts: OpenServicesOptions): Promise<ReadonlyMap<string, RunningService>> {
  const { planned, tools, server } = parts
  const { services: definitions, topology } = planned
  const services = definitions.map(({ contract }) => contract.name)
  const placed = await placeDatabases({ server, topology, services, settings: tools.settings })
  const process = tools.registeredAs
  await Promise.all(
    definitions.map((service) => migrateService(service, { process, connection: placed.get(service.contract.name)! })),
  )
  const middleware = [createShedding(tools), ...(parts.options.middleware ?? [])]
  return new Map(definitions.map((service) => [service.contract.name, open(service, { ...parts, placed, middleware })]))
}

interface PlacedOptions extends OpenServicesOptions {
  readonly placed: ReadonlyMap<string, ConnectionOptions>
  /** The same for all services: they share the event loop. */
  readonly middleware: readonly Middleware[]
}

function open(service: PlannedProcess['services'][number], parts: PlacedOptions): RunningService {
  const { options, planned, tools, wires, server, placed, middleware } = parts
  const { name } = service.contract
  return openService(service, {
    tools,
    wire: wires,
    connection: placed.get(name)!,
    databaseOf: (database) => server.databaseOf(name, database),
    middleware,
    queries: openQueryCache({ service: name, maxBytes: planned.settings.QUERY_CACHE_MAX_BYTES!, tools }),
    isAlone: options.mode === 'serve' && server.embedded !== null,
  })
}
