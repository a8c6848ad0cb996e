import { isError } from '../../core/index.ts'
import { createDatabaseIfMissing } from '../create-database-if-missing.ts'
import { dataErrors } from '../data-errors.ts'
import type { ConnectionOptions } from '../connection/connection-options.ts'
import { placeServer } from './placement.ts'
import { SOCKET_PORT } from './server-settings.ts'
import { startEmbedded, type Embedded, type EmbeddedOptions } from './start-embedded.ts'

/** A server to look at: another process's while that one runs, else started for as long as this one lasts. */
export type AttachedEmbedded = Pick<Embedded, 'connection' | 'notes' | 'createDatabaseIfMissing' | 'stop'>

/**
 * For commands beside a running app: enters the server that another process holds, or starts it where nobody does.
 * `stop` ends only what was started here.
 */
export async function attachEmbedded(options: EmbeddedOptions): Promise<AttachedEmbedded> {
  try {
    return await startEmbedded(options)
  } catch (error) {
    if (!isError(error, dataErrors.EMBEDDED_HELD)) throw error
    const { sockets } = await placeServer(options.folder)
    const connection: ConnectionOptions = {
      host: sockets,
      port: SOCKET_PORT,
      user: 'postgres',
      database: 'postgres',
    }
    return {
      connection,
      notes: [],
      createDatabaseIfMissing: (name) => createDatabaseIfMissing(connection, name),
      stop: async () => undefined,
    }
  }
}
