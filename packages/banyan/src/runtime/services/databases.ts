import type { ConnectionOptions, Server } from '../../data/index.ts'
import type { AppDefinition } from '../app.ts'
import type { Environment } from '../process-options.ts'
import type { Topology } from '../topology/topology.ts'

export interface DatabasesOptions {
  readonly server: Server
  readonly topology: Pick<Topology, 'databases'>
  readonly services: readonly string[]
  readonly settings: Readonly<Record<string, string | undefined>>
}

/** Where each service keeps its data, as the topology says; a database that is missing is created. */
export async function placeDatabases(options: DatabasesOptions): Promise<ReadonlyMap<string, ConnectionOptions>> {
  const places = options.services.map(async (service) => [service, await placeDatabase(service, options)] as const)
  return new Map(await Promise.all(places))
}

async function placeDatabase(
  service: string,
  { server, topology, settings }: DatabasesOptions,
): Promise<ConnectionOptions> {
  const { databases = 'shared' } = topology
  const common = server.connectionOf(service)
  if (databases === 'shared' || settings[databaseSettingOf(service)]) return common
  const own = service.replaceAll('-', '_')
  // Somebody else's server holds other databases, too.
  const name = databases === 'each' ? (server.embedded ? own : `${common.database}_${own}`) : databases[service]!
  return server.databaseOf(service, name)
}

/** The setting that names a service's own database: `ORDERS_DATABASE_URL`. */
export function databaseSettingOf(service: string): string {
  return `${settingPrefix(service)}_DATABASE_URL`
}

/** Whether any service keeps its data in the embedded server: those that no setting places elsewhere. */
export function needsEmbeddedServer({ services }: Pick<AppDefinition, 'services'>, settings: Environment): boolean {
  return !settings.DATABASE_URL && services.some(({ contract }) => !settings[databaseSettingOf(contract.name)])
}

/** The setting that says where a service is reached: `ORDERS_ADDRESS`. */
export function addressSettingOf(service: string): string {
  return `${settingPrefix(service)}_ADDRESS`
}

function settingPrefix(service: string): string {
  return service.replaceAll('-', '_').toUpperCase()
}

/** As `<SERVICE>_DATABASE_URL` says it. */
export function toConnectionUrl({ host, port, user, password, database }: ConnectionOptions): string {
  const name = encodeURIComponent
  const who = password === undefined ? name(user) : `${name(user)}:${name(password)}`
  const isSocket = host.startsWith('/')
  const where = isSocket ? `localhost:${port}` : `${host.includes(':') ? `[${host}]` : host}:${port}`
  return `postgres://${who}@${where}/${name(database)}${isSocket ? `?host=${name(host)}` : ''}`
}
