import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KeptList } from '../../cache/index.ts'
import { coreErrors, nodeHttp, type Clock } from '../../core/index.ts'
import { createReadiness, mayReadMetrics, type ReadinessCheck } from '../../gateway/index.ts'
import { EXPOSITION_TYPE, exposeMetrics, type Metrics } from '../../observe/index.ts'

export interface HealthAddress {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

export interface HealthServerOptions extends HealthAddress {
  readonly clock: Clock
  readonly metrics: Metrics
  /** Lets another machine read `/metrics`; `null`: only this one may. */
  readonly metricsToken: string | null
}

/**
 * `/health/live`, `/health/ready`, `/metrics` and, of a gateway, `/cache/entries` of one process, on a port of their own: a service speaks to nobody else over
 * http. Live from the first moment, ready from `ready` on, not ready again from `drain` on.
 */
export interface HealthServer {
  readonly url: string
  /** By name, as people call it: what must answer. */
  ready(checks: Readonly<Record<string, ReadinessCheck>>): void
  drain(): void
  /** This process keeps answers: for the audit. */
  keeps(list: () => KeptList): void
  /** Idempotent. */
  stop(): Promise<void>
}

type Readiness = () => Promise<readonly string[]>

/** @throws `api.INVALID_OPTIONS` when nothing can listen there. */
export async function openHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { clock } = options
  let missing: Readiness = async () => ['this process is starting']
  const server = nodeHttp.createServer((request, response) => void answer(request, response))
  await listen(server, options)
  let listKept: (() => KeptList) | null = null
  let stopping: Promise<unknown> | null = null

  return {
    url: urlOf(server, options.host),
    ready: (checks) => void (missing = createReadiness({ checks, clock })),
    drain: () => void (missing = async () => ['this process is stopping']),
    keeps: (list) => void (listKept = list),
    async stop() {
      stopping ??= close(server)
      await stopping
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.method === 'GET' ? request.url?.split('?', 1)[0] : null
    if (path === '/health/live') return send(response, 200, { status: 'live' })
    if (path === '/health/ready') return sendReady(response, await missing())
    if (path === '/metrics' && mayReadMetrics(request, options.metricsToken)) return sendMetrics(response)
    if (path === '/cache/entries' && mayReadMetrics(request, options.metricsToken)) {
      return send(response, 200, listKept?.() ?? KEEPS_NOTHING)
    }
    send(response, 404, { status: 'unknown' })
  }

  function sendMetrics(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': EXPOSITION_TYPE, 'cache-control': 'no-store' })
    response.end(exposeMetrics(options.metrics))
  }
}

const KEEPS_NOTHING: KeptList = { entries: [], count: 0 }

async function listen(server: Server, { host, port }: HealthAddress): Promise<void> {
  try {
    server.listen({ host, port })
    await once(server, 'listening')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const faults = `port ${port} of ${host} cannot be opened (${code}). Set HEALTH_ADDRESS to another one.`
    throw coreErrors.INVALID_OPTIONS({ subject: 'The health server', faults }, { cause })
  }
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function sendReady(response: ServerResponse, missing: readonly string[]): void {
  if (missing.length === 0) send(response, 200, { status: 'ready' })
  else send(response, 503, { status: 'not ready', missing })
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

/** `127.0.0.1:9464`, `[::]:9464`. @throws Error whose message says what is allowed. */
export function parseHealthAddress(text: string): HealthAddress {
  const { host, port } = /^(?<host>[\w.-]+|\[[0-9a-fA-F:.]+\]):(?<port>\d{1,5})$/.exec(text)?.groups ?? {}
  if (host === undefined || Number(port) > 65_535) throw new Error('must be host:port, e.g. 127.0.0.1:9464')
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
