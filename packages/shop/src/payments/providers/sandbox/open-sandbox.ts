import { createDatabase, migrate, parseConnectionUrl } from 'banyan/data'
import { createSandbox, type SandboxOptions } from './sandbox.ts'
import type { PaymentProvider } from '../provider.ts'

export interface OpenSandboxOptions extends Omit<SandboxOptions, 'database'> {
  /** `postgres://…` of the database that holds its books; they get a schema and a role of their own. */
  readonly databaseUrl: string
}

const SCHEMA = 'sandbox_provider'
const ROLE = 'banyan_sandbox_provider'

/** The sandbox over its own connections: it shares neither a transaction nor a pool with the shop. */
export async function openSandbox({ databaseUrl, ...options }: OpenSandboxOptions): Promise<PaymentProvider> {
  const connection = parseConnectionUrl(databaseUrl)
  const sources = [{ area: 'sandbox', folder: new URL('./migrations/', import.meta.url) }]
  await migrate({ connection, schema: SCHEMA, role: ROLE, sources })
  const database = createDatabase({ name: SCHEMA, connection, schema: SCHEMA, role: ROLE, limits: { connections: 3 } })
  return createSandbox({ ...options, database })
}
