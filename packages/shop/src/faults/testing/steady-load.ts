import { Agent, request, type IncomingMessage } from 'node:http'
import { systemClock, type Random } from 'banyan/core'

export interface SteadyLoadOptions {
  readonly url: string
  /** Keep-alive connections, each with one request at a time. */
  readonly connections: number
  /** Who places the orders, by log-in token. */
  readonly customers: readonly { readonly id: string; readonly token: string }[]
  readonly random: Random
  /** Between an answer and the next request of its connection. Default 0: as much as the machine can do. */
  readonly pauseMs?: number
}

export interface LoadReport {
  readonly requests: number
  /** Orders among them that were answered 201. */
  readonly orders: number
  /** Whatever was no answer of 2xx, in words: a broken connection counts as much as a 503. At most 20 are kept. */
  readonly failures: readonly string[]
  readonly failed: number
  readonly longestMs: number
}

/** Clients that never stop asking: nine of ten read a product, the others their orders, or place one. None retries. */
export interface SteadyLoad {
  readonly requests: number
  stop(): Promise<LoadReport>
}

export function startSteadyLoad(options: SteadyLoadOptions): SteadyLoad {
  const { url, connections, customers, random, pauseMs = 0 } = options
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const report = { requests: 0, orders: 0, failed: 0, failures: [] as string[], longestMs: 0 }
  let isEnding = false
  const clients = Promise.all(Array.from({ length: connections }, run))

  return {
    get requests() {
      return report.requests
    },
    async stop() {
      isEnding = true
      await clients
      agent.destroy()
      return report
    },
  }

  async function run(): Promise<void> {
    while (!isEnding) {
      await askOnce()
      if (pauseMs > 0) await systemClock.sleep(pauseMs)
    }
  }

  async function askOnce(): Promise<void> {
    const customer = customers[Math.floor(random.unit() * customers.length)]!
    const dice = random.unit()
    const orders = `/api/v2/users/${customer.id}/orders`
    const productId = String(1 + Math.floor(random.unit() * 1_000))
    if (dice < 0.9) await ask('GET', `/api/v2/products/${productId}`, {})
    else if (dice < 0.97) await ask('GET', `${orders}?limit=5`, { token: customer.token })
    else await ask('POST', orders, { token: customer.token, body: orderOf(productId) })
  }

  async function ask(
    method: string,
    path: string,
    { token, body }: { readonly token?: string; readonly body?: string },
  ) {
    const beganAtMs = systemClock.monotonicMs()
    const answer = await send({ method, path, token, body }).catch((error: Error) => error.message)
    report.longestMs = Math.max(report.longestMs, Math.round(systemClock.monotonicMs() - beganAtMs))
    report.requests += 1
    if (answer === '201') report.orders += 1
    if (answer.startsWith('2')) return
    report.failed += 1
    if (report.failures.length < 20) report.failures.push(`${method} ${path}: ${answer}`)
  }

  /** The status, and what a refusal says. */
  function send({ method, path, token, body }: Sent): Promise<string> {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    }
    return new Promise((resolve, reject) => {
      const sent = request(`${url}${path}`, { method, headers, agent }, (response) => {
        readAnswer(response).then(resolve, reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly token: string | undefined
  readonly body: string | undefined
}

async function readAnswer(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
  const status = String(response.statusCode)
  return status.startsWith('2') ? status : `${status} ${text.slice(0, 300)}`
}

function orderOf(productId: string): string {
  return JSON.stringify({ items: [{ productId, quantity: 1 }], paymentMethod: 'pm_visa' })
}
