import assert from 'node:assert/strict'
import { systemClock } from 'banyan/core'

/** What a shop answered, in the envelope that every answer has. */
export interface Answer<Data = unknown> {
  readonly status: number
  readonly headers: Headers
  /** Of a good answer; else `undefined`. */
  readonly data: Data
  readonly error: AnswerError | undefined
  /** Where a list goes on; `null`: it does not. */
  readonly nextCursor: string | null
}

export interface AnswerError {
  readonly code: string
  readonly message: string
  readonly effect: string
  readonly retry: string
  readonly details: Readonly<Record<string, unknown>>
}

export interface Ask {
  readonly token?: string
  /** Idempotency key. */
  readonly key?: string
  /** As JSON; a text is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Somebody who knows nothing of a shop but its address, and takes no answer that is not in the envelope. */
export interface Visitor {
  /** `request`: method and path, e.g. `GET /api/v2/products`. */
  ask<Data = unknown>(request: string, how?: Ask): Promise<Answer<Data>>
}

const TIMEOUT_MS = 30_000

export function createVisitor(urls: readonly string[]): Visitor {
  let requests = 0
  return {
    async ask<Data>(request: string, how: Ask = {}) {
      const [method, path] = request.split(' ') as [string, string]
      const url = urls[requests++ % urls.length]!
      const giveUp = new AbortController()
      const cancel = systemClock.schedule(TIMEOUT_MS, () => giveUp.abort(new Error(`${request}: no answer`)))
      try {
        const response = await fetch(`${url}${path}`, { method, signal: giveUp.signal, ...toInit(how) })
        return readAnswer<Data>(request, response, await response.text())
      } finally {
        cancel()
      }
    },
  }
}

function toInit({ token, key, body, headers }: Ask): RequestInit {
  return {
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  }
}

interface Envelope {
  readonly success: boolean
  readonly data?: unknown
  readonly error?: AnswerError
  readonly meta: { readonly timestamp: string; readonly page?: { readonly nextCursor: string | null } }
}

function readAnswer<Data>(request: string, { status, headers }: Response, text: string): Answer<Data> {
  assert.match(headers.get('x-request-id') ?? '', /^\S+$/, `${request}: an answer names its request`)
  const envelope = status === 304 ? null : (JSON.parse(text) as Envelope)
  if (envelope) checkEnvelope(`${request} ${status}: ${text}`, status, envelope)
  return {
    status,
    headers,
    data: envelope?.data as Data,
    error: envelope?.error,
    nextCursor: envelope?.meta.page?.nextCursor ?? null,
  }
}

function checkEnvelope(what: string, status: number, { success, error, meta, ...rest }: Envelope): void {
  assert.equal(success, status < 400, what)
  assert.match(meta.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, what)
  assert.deepEqual(Object.keys(rest), success ? ['data'] : [], what)
  if (!error) return assert.ok(success, what)
  const { code, message, effect, retry, details, ...more } = error
  assert.deepEqual([more, success], [{}, false], what)
  assert.match(code, /^[a-z]+\.[A-Z_]+$/, what)
  assert.ok(message.length > 0 && typeof details === 'object', what)
  assert.ok(['not-applied', 'applied', 'unknown'].includes(effect), what)
  assert.ok(['never', 'safe', 'same-key'].includes(retry), what)
  assert.doesNotMatch(what, /\.ts:\d|SELECT |node_modules/, 'an error shows nothing of the inside')
}
