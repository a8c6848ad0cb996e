import { type ConnectionOptions, createDatabase, type Database, migrate } from 'banyan/data'

/** Schema, owner and migrations of the sandbox's books. */
export const SANDBOX_BOOKS = {
  schema: 'sandbox_provider',
  role: 'banyan_sandbox_provider',
  sources: [{ area: 'sandbox', folder: new URL('./migrations/', import.meta.url) }],
}

/** In the server of the payments, but in a database of its own: a crash of one commit must not take the other along. */
export const SANDBOX_DATABASE = 'banyan_sandbox'

/** Opens the sandbox's books over connections of their own: they share neither a transaction nor a pool with the shop. */
export async function openSandboxBooks(connection: ConnectionOptions): Promise<Database> {
  const { schema, role } = SANDBOX_BOOKS
  await migrate({ connection, ...SANDBOX_BOOKS })
  return createDatabase({ name: schema, connection, schema, role, limits: { connections: 2 } })
}
