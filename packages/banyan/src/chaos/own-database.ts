import { join } from 'node:path'
import type { Clock } from '../core/index.ts'
import { startEmbedded } from '../data/index.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** A database server that the campaign runs for the app, reached through a link that can be broken. */
export interface OwnDatabase extends AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>
  readonly link: TcpProxy
  /** Whose child the server is. */
  readonly keeper: number
}

/** The one that the app would run itself, with fsync, started again after a crash. */
export async function startOwnDatabase(folder: string, clock: Clock): Promise<OwnDatabase> {
  const embedded = await startEmbedded({ folder, clock })
  const { host, port, user, database } = embedded.connection
  const link = await startTcpProxy({ clock, targetOf: () => ({ path: join(host, `.s.PGSQL.${port}`) }) })
  return {
    environment: { DATABASE_URL: `postgres://${user}@127.0.0.1:${link.port}/${database}` },
    link,
    keeper: process.pid,
    async [Symbol.asyncDispose]() {
      await link.stop()
      await embedded.stop()
    },
  }
}
