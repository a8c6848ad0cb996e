import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from 'banyan/core'
import { type Answer, createBooks, failure, route } from './fake-stripe-books.ts'

/** The part of Stripe's API that the adapter speaks: objects, errors, idempotency keys, slow and lost answers. */
export interface FakeStripe extends AsyncDisposable {
  readonly api: { readonly protocol: 'http'; readonly host: string; readonly port: number }
  readonly secretKey: string
  /** Requests that reached it, `POST /v1/refunds`. */
  readonly requests: readonly string[]
  stop(): Promise<void>
}

export async function startFakeStripe(clock: Clock = systemClock): Promise<FakeStripe> {
  const books = createBooks(clock)
  const once = createKeys()
  const requests: string[] = []
  const secretKey = 'sk_test_fake'
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = () => closeServer(server)
  return { api: { protocol: 'http', host: '127.0.0.1', port }, secretKey, requests, stop, [Symbol.asyncDispose]: stop }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request)
    requests.push(`${request.method} ${request.url}`)
    const { status, body: answer, losses = 0 } = await answerTo(request, body)
    if (losses > 0) return void request.socket.destroy()
    response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_1' })
    response.end(JSON.stringify(answer))
  }

  async function answerTo(request: IncomingMessage, body: string): Promise<Answer> {
    if (request.headers.authorization !== `Bearer ${secretKey}`)
      return failure(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' })
    const work = () => route(books, request, new URLSearchParams(body))
    const key = request.headers['idempotency-key']
    return request.method === 'POST' && typeof key === 'string' ? once(key, `${request.url} ${body}`, work) : work()
  }
}

interface Remembered {
  readonly parameters: string
  answer: Answer | null
}

/** https://docs.stripe.com/api/idempotent_requests: the first answer again, a 500 too; 409 while it still runs. */
function createKeys() {
  const keys = new Map<string, Remembered>()
  return async (key: string, parameters: string, work: () => Promise<Answer>): Promise<Answer> => {
    const known = keys.get(key)
    if (!known) return begin(key, parameters, work)
    if (known.parameters !== parameters)
      return failure(400, { type: 'idempotency_error', message: 'Keys for idempotent requests can only be reused …' })
    if (!known.answer)
      return failure(409, { type: 'idempotency_error', code: 'idempotency_key_in_use', message: 'still running' })
    known.answer = { ...known.answer, losses: (known.answer.losses ?? 0) - 1 }
    return known.answer
  }

  async function begin(key: string, parameters: string, work: () => Promise<Answer>): Promise<Answer> {
    const entry: Remembered = { parameters, answer: null }
    keys.set(key, entry)
    entry.answer = await work()
    if (entry.answer.forget) keys.delete(key)
    return entry.answer
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  if (server.listening) await new Promise((resolve) => server.close(resolve))
}
