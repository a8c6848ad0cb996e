import { chmod, rm } from 'node:fs/promises'
import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { meshErrors } from '../../mesh-errors.ts'
import { createStrangerLog, type StrangerLog } from '../../stranger-log.ts'
import { GREETING_TIMEOUT_MS, refuseTlsStrangers, createSocketEnder } from '../../tls-strangers.ts'
import type { ServeOptions, WireServer } from '../../transport.ts'
import { formatWireAddress, parseWireAddress, type WireAddress } from '../../wire-address.ts'
import { ownGreeting } from '../frame/greeting.ts'
import type { StreamLimits } from '../limits.ts'
import { listOperations } from './operation-table.ts'
import { ServerConnection } from './server-connection.ts'

export interface StreamServing {
  readonly limits: StreamLimits
  /** Version of the app, for logs and refusals. */
  readonly release: string
}

/** @throws `mesh.CANNOT_LISTEN` */
export async function serveStream(options: ServeOptions, { limits, release }: StreamServing): Promise<WireServer> {
  const { clock, credentials, endpoints, logger, frontier } = options
  const connections = new Set<ServerConnection>()
  const wanted = parseWireAddress(options.address)
  const strangers = createStrangerLog(logger, clock)
  const server = createServer(options, strangers, accept)
  boundConnections(server, limits.maxConnections, logger)
  const endSockets = createSocketEnder(server)
  await listen(server, wanted)
  const address = formatWireAddress(wanted.kind === 'tcp' ? { ...wanted, port: portOf(server) } : wanted)
  const audience = endpoints[0]?.contract.name ?? credentials.names[0]!
  const greeting = ownGreeting([audience, ...credentials.names.filter((name) => name !== audience)], release)
  const operations = listOperations(endpoints)
  const admission = { credentials, greeting, audience }
  const shared = { clock, limits, logger, strangers, admission, operations, address, frontier }
  let stopping: Promise<void> | null = null

  function accept(socket: Socket): void {
    const connection = new ServerConnection(socket, shared, () => connections.delete(connection))
    connections.add(connection)
  }

  async function stopAll(timeoutMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    const drained = Promise.all([...connections].map((connection) => connection.drain()))
    const cancel = clock.schedule(timeoutMs, () => {
      for (const connection of connections) connection.cancelAll()
    })
    await drained
    cancel()
    for (const connection of connections) connection.end()
    const cancelEnd = clock.schedule(LAST_WORDS_MS, endSockets)
    await closed
    cancelEnd()
  }

  const stop = (timeoutMs = limits.drainTimeoutMs) => (stopping ??= stopAll(timeoutMs))
  return { address, stop, [Symbol.asyncDispose]: () => stop() }
}

/** How long what was written last may take to leave. */
const LAST_WORDS_MS = 1_000
/** High enough that an ordinary burst of answers is no back-pressure. */
const HIGH_WATER_BYTES = 262_144

function createServer(
  { credentials: { tls } }: ServeOptions,
  strangers: StrangerLog,
  accept: (socket: Socket) => void,
): Server {
  const options = { noDelay: true, highWaterMark: HIGH_WATER_BYTES }
  if (tls === null) return createPlainServer(options, accept)
  const secure = { ...tls, handshakeTimeout: GREETING_TIMEOUT_MS, requestCert: true, minVersion: 'TLSv1.3' } as const
  const server = createTlsServer({ ...options, ...secure }, accept)
  refuseTlsStrangers(server, strangers)
  return server
}

/** Whoever is closed unheard takes it for a process that is away and goes elsewhere. Said once. */
function boundConnections(server: Server, maxConnections: number, logger: ServeOptions['logger']): void {
  server.maxConnections = maxConnections
  let isSaid = false
  server.on('drop', () => {
    if (!isSaid) logger.warn({ maxConnections }, 'more connections than maxConnections, further ones are closed')
    isSaid = true
  })
}

async function listen(server: Server, wanted: WireAddress): Promise<void> {
  if (wanted.kind === 'unix') await rm(wanted.path, { force: true }) // of a process that was killed
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const fault = error.code ?? error.message
      reject(meshErrors.CANNOT_LISTEN({ address: formatWireAddress(wanted), fault }, { cause: error }))
    })
    server.listen(wanted.kind === 'unix' ? { path: wanted.path } : wanted, resolve)
  })
  if (wanted.kind === 'unix') await chmod(wanted.path, 0o600)
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
