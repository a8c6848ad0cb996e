import { backoffMs, type Clock, type Random } from '../core/index.ts'
import type { Answer, AnswerBody, KeyedRequest, RequestOptions, WorkloadClient } from '../runtime/index.ts'
import type { Journal } from './journal.ts'
import { createPatience } from './patience.ts'

export interface ClientOptions {
  /** Where the app is reached now. */
  readonly urlOf: () => string
  /** `null`: nothing is written down. */
  readonly journal: Journal | null
  readonly clock: Clock
  readonly random: Random
  /** How long `insist` goes on. Default 120,000. */
  readonly patienceMs?: number
  /** Nobody waits for answers any more. Default: never. */
  readonly signal?: AbortSignal
}

export interface CountingClient extends WorkloadClient {
  readonly inFlight: number
  /** Sent so far. */
  readonly requests: number
  /** Answers of 5xx so far. */
  readonly refusals: number
}

export function createClient(options: ClientOptions): CountingClient {
  const { journal, clock, patienceMs = 120_000, signal } = options
  const counts = { inFlight: 0, requests: 0, refusals: 0 }
  return {
    request,
    insist,
    noteRead: ({ session, path, status, stage }) =>
      journal?.note({ key: '', method: 'GET', path, status, orderId: null, session, stage }),
    get inFlight() {
      return counts.inFlight
    },
    get requests() {
      return counts.requests
    },
    get refusals() {
      return counts.refusals
    },
  }

  async function request(method: string, path: string, wanted: RequestOptions = {}): Promise<Answer | null> {
    counts.inFlight++
    counts.requests++
    try {
      const response = await fetch(`${options.urlOf()}${path}`, { method, signal: signal ?? null, ...toInit(wanted) })
      if (response.status >= 500) counts.refusals++
      return { status: response.status, headers: response.headers, body: (await response.json()) as AnswerBody }
    } catch {
      return null // refused, reset or cut off half-way: for a client they are the same
    } finally {
      counts.inFlight--
    }
  }

  async function insist(method: string, path: string, { session, key, body }: KeyedRequest): Promise<Answer> {
    const patience = createPatience(clock, patienceMs)
    const line = { key, method, path, session: session.name }
    for (let attempt = 0; ; attempt++) {
      journal?.note({ ...line, status: null, orderId: null, sent: true })
      const answer = await request(method, path, { token: session.token, key, body })
      journal?.note({ ...line, status: answer?.status ?? null, orderId: answer && resourceOf(answer) })
      if (answer !== null && isFinal(answer)) return answer
      if (patience.isOver()) {
        throw new Error(`${method} ${path} with key ${key} has no final answer: ${JSON.stringify(answer?.body)}`)
      }
      if (answer?.status === 401) await session.renew()
      else await clock.sleep(PAUSE.firstMs / 2 + backoffMs(PAUSE, attempt, options.random), signal)
    }
  }
}

const PAUSE = { firstMs: 50, capMs: 500 }

/** 202 is not the end, and whatever invites a repeat is none either. */
export function isFinal({ status, body }: Answer): boolean {
  return status !== 202 && status !== 401 && (status < 400 || body.error?.retry === 'never')
}

function resourceOf({ body }: Answer): string | null {
  const named = (body.data as { readonly id?: string } | undefined)?.id ?? body.error?.details.orderId
  return typeof named === 'string' ? named : null
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
