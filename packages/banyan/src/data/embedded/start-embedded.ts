import { type Clock, systemClock } from '../../core/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { ConnectionOptions } from '../connection/connection-options.ts'
import { createDatabaseIfMissing } from '../create-database-if-missing.ts'
import { findBinaries } from './binaries.ts'
import { prepareDataFolder } from './data-folder.ts'
import { lockFolder } from './folder-lock.ts'
import { clearOrphan } from './orphan.ts'
import { placeServer, SYSTEM_FOLDER } from './placement.ts'
import { keepRunning } from './keep-running.ts'
import { type PostmasterOptions, startPostmaster } from './postmaster.ts'
import { SOCKET_PORT } from './server-settings.ts'

export interface EmbeddedOptions {
  /** Data folder, made when missing: `.banyan`. One process at a time. */
  readonly folder: string
  /** Also listen on 127.0.0.1, with a password (for psql and other tools). Default: the unix socket only. */
  readonly tcpPort?: number
  /** `false` trades durability for speed in tests. Default true. */
  readonly durable?: boolean
  /** Further server settings, e.g. `{ wal_level: 'logical' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** Longest wait for a start, recovery after a crash included. Default 60,000. */
  readonly startTimeoutMs?: number
  readonly clock?: Clock
  readonly logger?: Logger
}

/** A PostgreSQL that lives and dies with this process. */
export interface Embedded extends AsyncDisposable {
  /** As superuser, into the database `postgres`. */
  readonly connection: ConnectionOptions
  readonly dataFolder: string
  readonly logFile: string
  /** Changes when the server was restarted after a crash. */
  readonly processId: number
  /** What an operator should know, in sentences: where the data are when not in `folder`, what was cleaned up. */
  readonly notes: readonly string[]
  /** @returns how to get into it, as superuser */
  createDatabaseIfMissing(name: string): Promise<ConnectionOptions>
  /** Fast shutdown. May be called twice. */
  stop(): Promise<void>
}

/**
 * Starts the PostgreSQL that npm brought in `folder`. Reached by a unix socket in a folder that only the server's
 * user and root may enter, so connections over it need no password. A server that crashes is started again.
 * @throws `data.EMBEDDED_HELD`, `data.EMBEDDED_VERSION`, `data.EMBEDDED_OWNER`, `data.EMBEDDED_DISK_FULL`,
 * `data.EMBEDDED_PORT_TAKEN`, `data.EMBEDDED_UNSUPPORTED`, `data.EMBEDDED_FAILED`
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { clock = systemClock, durable = true, tcpPort = null, settings = {}, startTimeoutMs = 60_000 } = options
  const place = await placeServer(options.folder)
  const lock = await lockFolder(place.folder)
  try {
    const binaries = await findBinaries(place.user, SYSTEM_FOLDER)
    const orphan = await clearOrphan(place, clock)
    const password = await prepareDataFolder(place, { binaries: binaries.folder, version: binaries.version, durable })
    const how: PostmasterOptions = {
      binaries: binaries.folder,
      place,
      settings: { tcpPort, durable, major: Number.parseInt(binaries.version), overrides: settings },
      startTimeoutMs,
      clock,
    }
    const keeper = keepRunning(await startPostmaster(how), how, options.logger ?? null)
    const connection: ConnectionOptions = {
      host: place.sockets,
      port: tcpPort ?? SOCKET_PORT,
      user: 'postgres',
      database: 'postgres',
      password,
    }
    const notes = [
      place.movedBecauseOf &&
        `The data are in ${place.home}: ${place.movedBecauseOf} bars the server's user, and PostgreSQL never runs as root.`,
      binaries.copiedBecauseOf &&
        `The server's programs were copied to ${binaries.folder}: ${binaries.copiedBecauseOf} bars the server's user.`,
      orphan && `A server that an earlier run had left behind (process ${orphan}) was shut down in order.`,
    ].filter((note) => typeof note === 'string')
    for (const note of notes) options.logger?.info({ folder: place.folder }, note)
    const stop = async () => {
      await keeper.stop()
      lock.release()
    }
    return {
      connection,
      notes,
      dataFolder: place.data,
      logFile: place.log,
      get processId() {
        return keeper.processId
      },
      createDatabaseIfMissing: (name) => createDatabaseIfMissing(connection, name),
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    lock.release()
    throw error
  }
}
