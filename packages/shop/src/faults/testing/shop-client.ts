import { appendFileSync } from 'node:fs'
import { systemClock } from 'banyan/core'
import type { JournalLine } from 'banyan/runtime'
import { ADMIN_PASSWORD } from './shop-child.ts'

/** What the shop answered; `null`: nothing, the connection broke. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: AnswerBody
}

export interface AnswerBody {
  readonly data?: unknown
  readonly error?: {
    readonly code: string
    readonly effect: string
    readonly retry: string
    readonly details: Readonly<Record<string, unknown>>
  }
  readonly meta?: { readonly page?: { readonly nextCursor: string | null } }
}

export interface Order {
  readonly id: string
  readonly status: string
  readonly reason: string | null
  readonly items: readonly { readonly productId: string; readonly quantity: number }[]
}

/** Somebody who logged in; the token is replaced when it has expired. */
export interface Login {
  readonly id: string
  readonly email: string
  readonly password: string
  token: string
}

export interface RequestOptions {
  readonly token?: string
  readonly key?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Calls the shop wherever it runs at the moment: it may be killed, and come back under another port. */
export interface ShopClient {
  /** Where the shop is reached now. */
  url: string
  readonly inFlight: number
  /** Sent so far. */
  readonly requests: number
  /** One request; `null` when no answer came. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer | null>
  /** The same request with the same key until the answer is final, as a careful client does. */
  insist(method: string, path: string, options: KeyedRequest): Promise<Answer>
  logIn(email: string, password: string): Promise<Login>
}

export interface KeyedRequest {
  readonly login: Login
  readonly key: string
  readonly body?: unknown
}

export interface ShopClientOptions {
  readonly url: string
  /** Each attempt of `insist` is written there before anybody acts on its answer. */
  readonly journal: string | null
  /** How long `insist` goes on. Default 90,000 ms. */
  readonly patienceMs?: number
}

export function createShopClient({ url, journal, patienceMs = 90_000 }: ShopClientOptions): ShopClient {
  let inFlight = 0
  let requests = 0
  const client: ShopClient = {
    url,
    request,
    insist,
    logIn,
    get inFlight() {
      return inFlight
    },
    get requests() {
      return requests
    },
  }
  return client

  async function request(method: string, path: string, options: RequestOptions = {}): Promise<Answer | null> {
    inFlight++
    requests++
    try {
      const response = await fetch(`${client.url}${path}`, { method, ...toInit(options) })
      return { status: response.status, headers: response.headers, body: (await response.json()) as AnswerBody }
    } catch {
      return null // refused, reset or cut off half-way: for a client they are the same
    } finally {
      inFlight--
    }
  }

  async function insist(method: string, path: string, { login, key, body }: KeyedRequest): Promise<Answer> {
    const until = systemClock.monotonicMs() + patienceMs
    for (;;) {
      const answer = await request(method, path, { token: login.token, key, body })
      note({ key, method, path, status: answer?.status ?? null, orderId: answer && orderIdOf(answer) })
      if (answer?.status === 401) login.token = (await logIn(login.email, login.password)).token
      else if (answer !== null && isFinal(answer)) return answer
      if (systemClock.monotonicMs() > until) {
        throw new Error(`${method} ${path} with key ${key} has no final answer: ${JSON.stringify(answer)}`)
      }
      await systemClock.sleep(50)
    }
  }

  function note(line: JournalLine): void {
    if (journal !== null) appendFileSync(journal, `${JSON.stringify(line)}\n`)
  }

  async function logIn(email: string, password: string): Promise<Login> {
    const answer = await request('POST', '/api/v2/sessions', { body: { email, password } })
    if (answer?.status !== 201) throw new Error(`cannot log in as ${email}: ${JSON.stringify(answer)}`)
    const { accessToken, user } = answer.body.data as { accessToken: string; user: { id: string } }
    return { id: user.id, email, password, token: accessToken }
  }
}

export function logInAdmin(client: ShopClient) {
  return client.logIn('admin@example.com', ADMIN_PASSWORD)
}

/** Customers 1 … `count` of the demo shop. */
export function logInCustomers(client: ShopClient, count: number) {
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  return Promise.all(numbers.map((number) => client.logIn(`customer${number}@example.com`, 'banyan-demo')))
}

/** Every item of a list, page by page. */
export async function readAll<Item>(client: ShopClient, path: string, token: string): Promise<Item[]> {
  const items: Item[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await client.request('GET', `${path}${path.includes('?') ? '&' : '?'}limit=100${from}`, { token })
    if (answer?.status !== 200) throw new Error(`GET ${path}: ${JSON.stringify(answer?.body)}`)
    items.push(...(answer.body.data as Item[]))
    cursor = answer.body.meta!.page!.nextCursor
  }
  return items
}

function toInit({ token, key, body, headers }: RequestOptions): RequestInit {
  return {
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
}

/** 202 is not the end, and whatever invites a repeat is none either. */
function isFinal({ status, body }: Answer): boolean {
  return status !== 202 && (status < 400 || body.error?.retry === 'never')
}

function orderIdOf({ body }: Answer): string | null {
  const named = (body.data as { readonly id?: string } | undefined)?.id ?? body.error?.details.orderId
  return typeof named === 'string' ? named : null
}
