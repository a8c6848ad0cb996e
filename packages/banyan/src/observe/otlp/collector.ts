import type { IncomingMessage } from 'node:http'
import { request as requestTls } from 'node:https'
import { nodeHttp, type Clock } from '../../core/index.ts'

/** Where telemetry is sent: an OpenTelemetry collector, or anything else that takes OTLP over HTTP. */
export interface CollectorOptions {
  /** Base of `/v1/traces` and `/v1/metrics`. */
  readonly endpoint: string
  /** Sent with each request, e.g. an API key. */
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly clock: Clock
}

/**
 * How a request ended. `later`: it may be sent again, after `afterMs` where the collector named a time. `refused`: sent again it would
 * be refused again.
 */
export type Sent =
  | { readonly kind: 'accepted'; readonly rejected: number }
  | { readonly kind: 'later'; readonly afterMs: number | null; readonly error: Error }
  | { readonly kind: 'refused'; readonly error: Error }

export interface Collector {
  send(path: '/v1/traces' | '/v1/metrics', body: string, signal: AbortSignal): Promise<Sent>
}

/**
 * Speaks OTLP/HTTP with JSON bodies (https://opentelemetry.io/docs/specs/otlp/#otlphttp). A connection for each request: there is one
 * every few seconds, and `fetch` would load undici for it.
 */
export function createCollector({ endpoint, headers, timeoutMs, clock }: CollectorOptions): Collector {
  const base = endpoint.replace(/\/+$/, '')

  return {
    async send(path, body, signal) {
      const timeout = new AbortController()
      const cancel = clock.schedule(timeoutMs, () => timeout.abort(new Error(`no answer within ${timeoutMs} ms`)))
      try {
        const ended = AbortSignal.any([signal, timeout.signal])
        return await judge(await post(base + path, { headers, body: Buffer.from(body), signal: ended }))
      } catch (cause) {
        return { kind: 'later', afterMs: null, error: new Error(`${base} cannot be reached`, { cause }) }
      } finally {
        cancel()
      }
    },
  }
}

interface Posted {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly signal: AbortSignal
}

function post(url: string, { headers, body, signal }: Posted): Promise<IncomingMessage> {
  const request = url.startsWith('https:') ? requestTls : nodeHttp.request
  const own = { 'content-type': 'application/json', 'content-length': String(body.length) }
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { ...headers, ...own }, agent: false, signal }
    request(url, options, resolve).on('error', reject).end(body)
  })
}

/** Whatever else is not 2xx must not be sent again, says the specification. */
const RETRYABLE = [429, 502, 503, 504]

async function judge(answer: IncomingMessage): Promise<Sent> {
  const { statusCode: status = 0, headers } = answer
  const text = await readText(answer)
  if (status >= 200 && status < 300) return { kind: 'accepted', rejected: readRejected(text) }
  const error = new Error(`the collector answered ${status}: ${text.slice(0, 200)}`)
  if (!RETRYABLE.includes(status)) return { kind: 'refused', error }
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  return { kind: 'later', afterMs: seconds >= 0 ? seconds * 1_000 : null, error }
}

async function readText(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    if (text.length < MAX_ANSWER_CHARACTERS) text += chunk as string
  }
  return text
}

const MAX_ANSWER_CHARACTERS = 4_096

/** How many spans or points of an accepted request the collector threw away. */
function readRejected(text: string): number {
  try {
    const { partialSuccess = {} } = JSON.parse(text) as { partialSuccess?: Record<string, unknown> }
    return Number(partialSuccess.rejectedSpans ?? partialSuccess.rejectedDataPoints ?? 0) || 0
  } catch {
    return 0 // a collector that answers in other words has taken it
  }
}

/** `OTEL_EXPORTER_OTLP_ENDPOINT`. @throws Error whose message says what is allowed */
export function parseCollectorEndpoint(text: string): string {
  const url = URL.parse(text)
  const isHttp = url !== null && (url.protocol === 'http:' || url.protocol === 'https:')
  if (isHttp && url.username === '' && url.search === '' && url.hash === '') return text
  throw new Error('must be a URL such as http://127.0.0.1:4318, without user or query')
}

/** `OTEL_EXPORTER_OTLP_HEADERS`: `name=value,…`, values percent-encoded. @throws Error whose message says what is allowed */
export function parseCollectorHeaders(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(text.split(',').map(parseHeader))
}

function parseHeader(pair: string): readonly [name: string, value: string] {
  const { name, value } = /^\s*(?<name>[\w.!#$%&'*+^`|~-]+)\s*=\s*(?<value>[\x21-\x7e]+)\s*$/.exec(pair)?.groups ?? {}
  try {
    if (name !== undefined) return [name.toLowerCase(), decodeURIComponent(value!)]
  } catch {
    // a percent sign that encodes nothing is refused below like the rest
  }
  throw new Error('must be name=value, several with commas, values percent-encoded')
}
