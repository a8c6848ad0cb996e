import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { coreErrors, isDeclared, isError } from 'banyan/core'
import { paymentErrors } from '../../errors.ts'
import type { ChargeRequest, PaymentProvider, RefundRequest } from '../provider.ts'

export interface SandboxServer extends AsyncDisposable {
  readonly url: string
  stop(): Promise<void>
}

export interface ServeSandboxOptions {
  /** Default: a free one. */
  readonly port?: number
  /** Asked for each answer, after its commit: whether it gets lost. Default: none does. */
  readonly losesAnswer?: () => boolean
  /** What `GET /figures` answers. Default: none. */
  readonly figures?: () => Readonly<Record<string, number>>
}

/** Puts a sandbox provider behind HTTP. An answer that it loses is a connection that breaks. */
export async function serveSandbox(
  sandbox: PaymentProvider,
  { port = 0, losesAnswer = () => false, figures = () => ({}) }: ServeSandboxOptions = {},
): Promise<SandboxServer> {
  const signal = new AbortController().signal
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const stop = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop, [Symbol.asyncDispose]: stop }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.url === '/figures') return answer(response, 200, figures())
      const done = await route(sandbox, request, signal)
      if (request.method === 'POST' && losesAnswer()) return void request.socket.destroy()
      answer(response, 200, done)
    } catch (error) {
      if (isError(error, paymentErrors.PROVIDER_UNAVAILABLE)) return void request.socket.destroy()
      const declared = isDeclared(error) ? error : coreErrors.INTERNAL({}, { cause: error })
      answer(response, declared.http, declared)
    }
  }
}

async function route(sandbox: PaymentProvider, request: IncomingMessage, signal: AbortSignal): Promise<unknown> {
  const url = new URL(request.url ?? '/', 'http://sandbox')
  const target = `${request.method} ${url.pathname}`
  if (target === 'POST /charges') return sandbox.charge(await readJson<ChargeRequest>(request), signal)
  if (target === 'POST /refunds') return sandbox.refund(await readJson<RefundRequest>(request), signal)
  if (target.startsWith('GET /charges/')) return sandbox.find(url.pathname.slice('/charges/'.length), signal)
  if (target !== 'GET /entries') throw coreErrors.NOT_FOUND()
  const limit = Number(url.searchParams.get('limit') ?? 100)
  return sandbox.listEntries({ cursor: url.searchParams.get('cursor') || null, limit }, signal)
}

const MAX_BODY_BYTES = 65_536

async function readJson<Body>(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw coreErrors.INVALID_INPUT({ faults: [`at most ${MAX_BODY_BYTES} bytes`] })
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
