import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { ConnectionOptions, headers, NatsConnection } from '@nats-io/transport-node'
import { backoffMs, type Clock, type Random } from '../../core/index.ts'
import type { Logger } from '../../observe/index.ts'
import { parseNatsUrl } from './nats-url.ts'

/** One connection to a server, until it ends. */
export interface NatsClient {
  readonly connection: NatsConnection
  readonly headers: typeof headers
  readonly jetstream: JetStreamClient
  readonly manager: JetStreamManager
}

/** A process's way to NATS. Whether NATS is there is nobody's condition: the feed carries everything without it. */
export interface NatsLink extends AsyncDisposable {
  /** `null`: there is no connection now. Each connection is another object; what the server held may be gone with the last. */
  readonly client: NatsClient | null
  /** Calls `listener` when a connection has come or gone; the returned function ends it. */
  onChange(listener: () => void): () => void
  /** Idempotent. Resolves once the connection is closed. */
  stop(): Promise<void>
}

export interface NatsLinkOptions {
  /** `nats://[user:password@|token@]host[:port]`, `tls://…`; several servers of a cluster separated by commas. */
  readonly url: string
  /** Shown in the server's list of connections. */
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

const RETRY = { firstMs: 100, capMs: 5_000 }

/**
 * Connects, and again for ever. The client's own reconnecting is off: it would buffer what is published meanwhile, and hide
 * from us that the server came back with an empty store.
 */
export function createNatsLink(options: NatsLinkOptions): NatsLink {
  const { clock, random, logger } = options
  const servers = parseNatsUrl(options.url)
  const ending = new AbortController()
  const listeners = new Set<() => void>()
  let client: NatsClient | null = null
  let connection: NatsConnection | null = null
  let failures = 0
  let awaySinceMs: number | null = null
  const running = run()

  return {
    get client() {
      return client
    },
    onChange(listener) {
      const own = () => listener()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }

  async function run(): Promise<void> {
    for (let turn = 0; !ending.signal.aborted; turn++) {
      try {
        await holdConnection(servers[turn % servers.length]!)
        awaySinceMs = clock.monotonicMs()
        if (!ending.signal.aborted) logger.warn({}, 'NATS is gone, trying again; the feed carries on')
      } catch (error) {
        awaySinceMs ??= clock.monotonicMs()
        if (failures === 0) logger.warn({ error }, 'NATS cannot be reached, trying again; the feed carries on')
      }
      await pause(20 + backoffMs(RETRY, failures++, random))
    }
  }

  /** Until the connection ends. */
  async function holdConnection(server: ConnectionOptions): Promise<void> {
    const [{ connect, headers }, { jetstream, jetstreamManager }] = await loadClient()
    connection = await connect({ ...server, ...PATIENCE, name: options.name })
    if (ending.signal.aborted) return connection.close()
    const manager = await jetstreamManager(connection)
    client = { connection, headers, jetstream: jetstream(connection), manager }
    const away = awaySinceMs === null ? null : { awayMs: Math.round(clock.monotonicMs() - awaySinceMs), failures }
    failures = 0
    awaySinceMs = null
    logger.info({ server: connection.getServer(), ...away }, 'NATS is connected')
    tell()
    await connection.closed()
    client = null
    tell()
  }

  function tell(): void {
    for (const listener of listeners) listener()
  }

  function pause(ms: number): Promise<void> {
    return clock.sleep(ms, ending.signal).catch(() => undefined) // stopped
  }

  async function stop(): Promise<void> {
    ending.abort()
    await connection?.close()
    await running
  }
}

/** A silent server is given up after 10 to 15 s; whoever waits for an answer of it has a limit of his own. */
const PATIENCE = { reconnect: false, timeout: 5_000, pingInterval: 5_000, maxPingOut: 2 } as const

/** Only whoever is told of a NATS pays for the import. */
function loadClient() {
  return Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream')])
}
