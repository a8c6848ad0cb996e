import type { RequestListener, Server, ServerOptions } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createHttpPipelines, nodeHttp } from '../../core/index.ts'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { meshErrors } from '../mesh-errors.ts'
import { createStrangerLog } from '../stranger-log.ts'
import { refuseTlsStrangers, createSocketEnder } from '../tls-strangers.ts'
import type { WireServer } from '../transport.ts'
import { formatWireAddress, parseWireAddress, type WireAddress } from '../wire-address.ts'
import { createCallAnswerer, type HttpServing } from './answer-call.ts'
import { createRunningCalls } from '../running-calls.ts'
import { REQUEST_TIMEOUT_MS, type HttpSettings } from './http-options.ts'
import { refuseMalformed } from './refuse-malformed.ts'

const DEFAULT_STOP_MS = 10_000
/** How late a request that arrives too slowly is noticed. */
const TIMEOUT_CHECK_MS = 1_000

/** @throws `mesh.CANNOT_LISTEN` */
export async function serveHttp(settings: HttpSettings, options: HttpServing): Promise<WireServer> {
  const running = createRunningCalls()
  const strangers = createStrangerLog(options.logger, options.clock)
  const pipelines = createHttpPipelines()
  const answer = createCallAnswerer({ settings, options, running, strangers, pipelines })
  const server = createHttpServer(settings, options, pipelines.guard(answer))
  refuseTlsStrangers(server, strangers)
  refuseMalformed(server, pipelines, settings)
  server.maxConnections = settings.maxConnections
  const endSockets = createSocketEnder(server)
  const wanted = parseWireAddress(options.address)
  await listen(server, wanted, options.address)
  const address = addressOf(server, wanted)
  let stopping: Promise<void> | null = null
  const stop = (timeoutMs = DEFAULT_STOP_MS) => (stopping ??= drain(timeoutMs))
  return { address, stop, [Symbol.asyncDispose]: () => stop() }

  async function drain(timeoutMs: number): Promise<void> {
    running.refuseNew()
    // From here on idle connections may close; whoever has just written into one is told by `refuseNew` or by the reset.
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    await running.finished(options.clock, timeoutMs)
    endSockets()
    await closed
    if (wanted.kind === 'unix') await rm(wanted.path, { force: true })
  }
}

function createHttpServer(settings: HttpSettings, { credentials }: HttpServing, answer: RequestListener): Server {
  const options: ServerOptions = {
    maxHeaderSize: settings.maxHeaderBytes,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: settings.greetingTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    insecureHTTPParser: false,
    requireHostHeader: false, // Node answers it past us, and carries out what is pipelined behind it
    noDelay: true,
  }
  const { tls } = credentials
  if (!tls) return nodeHttp.createServer(options, answer)
  return createSecureServer(
    { ...options, ...tls, handshakeTimeout: settings.greetingTimeoutMs, requestCert: true, rejectUnauthorized: true },
    answer,
  )
}

async function listen(server: Server, address: WireAddress, text: string): Promise<void> {
  try {
    server.listen(address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port })
    await once(server, 'listening')
  } catch (cause) {
    const fault = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw meshErrors.CANNOT_LISTEN({ address: text, fault }, { cause })
  }
}

function addressOf(server: Server, wanted: WireAddress): string {
  if (wanted.kind === 'unix') return formatWireAddress(wanted)
  return formatWireAddress({ ...wanted, port: (server.address() as AddressInfo).port })
}
