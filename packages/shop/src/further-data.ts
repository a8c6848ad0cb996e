import { parseConnectionUrl } from 'banyan/data'
import type { FurtherData, FurtherDataTools } from 'banyan/runtime'
import { payments } from './payments/contract.ts'
import { SANDBOX_BOOKS, SANDBOX_DATABASE } from './payments/providers/sandbox/open-books.ts'

/** The books of the sandbox provider, unless it is a process of its own: then they are its own business. */
export async function furtherData({ settings, databaseOf }: FurtherDataTools): Promise<readonly FurtherData[]> {
  const { SANDBOX_URL: url, SANDBOX_DATABASE_URL: databaseUrl } = settings
  if (url) return []
  const connection = databaseUrl ? parseConnectionUrl(databaseUrl) : await databaseOf(payments.name, SANDBOX_DATABASE)
  return [{ ...SANDBOX_BOOKS, connection }]
}
