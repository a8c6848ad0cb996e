import { join } from 'node:path'
import type { Clock } from '../../core/index.ts'
import { startEmbedded } from '../../data/index.ts'
import { openPartition } from '../network/open-partition.ts'
import type { Partition } from '../network/partition.ts'
import { startTcpProxy, type TcpProxy } from '../network/tcp-proxy.ts'

export interface OwnDatabaseOptions {
  readonly folder: string
  /** Whether it is reached through a relay that can be broken, and whether over a network that can be cut. */
  readonly breaks: { readonly link: boolean; readonly partition: boolean }
  readonly clock: Clock
}

/** A database server that the campaign runs for the app, reached through what can be broken. */
export interface OwnDatabase extends AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>
  /** `null`: not wanted. */
  readonly link: TcpProxy | null
  /** Behind the link. `null`: not wanted. */
  readonly partition: Partition | null
  /** Whose child the server is. */
  readonly keeper: number
}

/** The one that the app would run itself, with fsync, started again after a crash. */
export async function startOwnDatabase({ folder, breaks, clock }: OwnDatabaseOptions): Promise<OwnDatabase> {
  await using opened = new AsyncDisposableStack()
  const embedded = opened.use(await startEmbedded({ folder, clock }))
  const { host, port, user, database } = embedded.connection
  const socket = { path: join(host, `.s.PGSQL.${port}`) }
  const partition = breaks.partition ? opened.use(await openPartition(socket, clock)) : null
  const behind = partition?.place ?? socket
  const link = breaks.link ? opened.use(await startTcpProxy({ clock, targetOf: () => behind })) : null
  const place = link ? { host: '127.0.0.1', port: link.port } : partition!.place
  const all = opened.move()
  return {
    environment: { DATABASE_URL: `postgres://${user}@${place.host}:${place.port}/${database}` },
    link,
    partition,
    keeper: process.pid,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
