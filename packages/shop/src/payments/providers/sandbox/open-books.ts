import { type ConnectionOptions, createDatabase, type Database, migrate } from 'banyan/data'

const SCHEMA = 'sandbox_provider'
const ROLE = 'banyan_sandbox_provider'

/** Opens the sandbox's books over connections of their own: they share neither a transaction nor a pool with the shop. */
export async function openSandboxBooks(connection: ConnectionOptions): Promise<Database> {
  const sources = [{ area: 'sandbox', folder: new URL('./migrations/', import.meta.url) }]
  await migrate({ connection, schema: SCHEMA, role: ROLE, sources })
  return createDatabase({ name: SCHEMA, connection, schema: SCHEMA, role: ROLE, limits: { connections: 2 } })
}
