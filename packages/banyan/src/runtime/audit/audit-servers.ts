import { auditLeftovers, createDatabase, type ConnectionOptions, type Server } from '../../data/index.ts'
import type { Finding } from '../../contract/index.ts'

/** I18 of each PostgreSQL server that these services use. */
export async function auditServers(server: Server, services: readonly string[]): Promise<Finding[]> {
  const servers = new Map(
    services.map((service) => [placeOf(server.connectionOf(service)), server.connectionOf(service)]),
  )
  return Promise.all([...servers.values()].map(auditServer))
}

function placeOf({ host, port, user }: ConnectionOptions): string {
  return `${user}@${host}:${port}`
}

async function auditServer(connection: ConnectionOptions): Promise<Finding> {
  const database = createDatabase({ name: 'audit', connection })
  try {
    return await auditLeftovers(database)
  } finally {
    await database.stop()
  }
}
