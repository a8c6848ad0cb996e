import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Static, TSchema } from 'typebox'
import { Type } from '../../core/index.ts'
import { Compile } from 'typebox/schema'

// The messages of https://github.com/open-telemetry/opentelemetry-proto in the JSON mapping of protobuf. Closed, as no parser is:
// a field of another name would be passed over in silence there.
const closed = <Fields extends Record<string, TSchema>>(fields: Fields) =>
  Type.Object(fields, { additionalProperties: false })
const Nanos = Type.String({ pattern: '^[0-9]{16,20}$' })
const Whole = Type.String({ pattern: '^[0-9]+$' })
const Value = Type.Union([
  closed({ stringValue: Type.String() }),
  closed({ intValue: Type.String({ pattern: '^-?[0-9]+$' }) }),
  closed({ doubleValue: Type.Number() }),
  closed({ boolValue: Type.Boolean() }),
])
const Attributes = Type.Array(closed({ key: Type.String({ minLength: 1 }), value: Value }))
const Resource = closed({ attributes: Attributes })
const Scope = closed({ name: Type.String() })

const Span = closed({
  traceId: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  spanId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  parentSpanId: Type.Optional(Type.String({ pattern: '^[0-9a-f]{16}$' })),
  name: Type.String(),
  kind: Type.Integer({ minimum: 1, maximum: 5 }),
  startTimeUnixNano: Nanos,
  endTimeUnixNano: Nanos,
  attributes: Attributes,
  events: Type.Array(closed({ name: Type.String(), timeUnixNano: Nanos, attributes: Attributes })),
  status: closed({ code: Type.Integer({ minimum: 0, maximum: 2 }), message: Type.Optional(Type.String()) }),
})
const Times = { attributes: Attributes, startTimeUnixNano: Nanos, timeUnixNano: Nanos }
const NumberPoints = Type.Array(closed({ ...Times, asDouble: Type.Union([Type.Number(), Type.String()]) }))
const HistogramPoints = Type.Array(
  closed({
    ...Times,
    count: Whole,
    sum: Type.Number(),
    explicitBounds: Type.Array(Type.Number()),
    bucketCounts: Type.Array(Whole),
  }),
)
const named = { name: Type.String(), description: Type.String(), unit: Type.String() }
const cumulative = { aggregationTemporality: Type.Literal(2) }
const Metric = Type.Union([
  closed({ ...named, gauge: closed({ dataPoints: NumberPoints }) }),
  closed({ ...named, sum: closed({ ...cumulative, isMonotonic: Type.Literal(true), dataPoints: NumberPoints }) }),
  closed({ ...named, histogram: closed({ ...cumulative, dataPoints: HistogramPoints }) }),
])
const Traces = closed({
  resourceSpans: Type.Array(
    closed({ resource: Resource, scopeSpans: Type.Array(closed({ scope: Scope, spans: Type.Array(Span) })) }),
  ),
})
const MetricsRequest = closed({
  resourceMetrics: Type.Array(
    closed({ resource: Resource, scopeMetrics: Type.Array(closed({ scope: Scope, metrics: Type.Array(Metric) })) }),
  ),
})
const READERS = { '/v1/traces': Compile(Traces), '/v1/metrics': Compile(MetricsRequest) }

export type ReceivedSpan = Static<typeof Span> & { readonly service: string }
export type ReceivedMetric = Static<typeof Metric>

export interface TestCollector extends AsyncDisposable {
  readonly url: string
  readonly spans: ReceivedSpan[]
  /** As they were told last, by service. */
  readonly metrics: Map<string, readonly ReceivedMetric[]>
  /** Paths of all requests, refused ones included. */
  readonly requests: string[]
  readonly headers: IncomingHttpHeaders[]
  /** What the next requests are answered, one after the other; then 200. */
  readonly answers: ((response: ServerResponse) => void)[]
}

/** A collector that takes nothing but what the protocol allows, word for word. */
export async function startTestCollector(): Promise<TestCollector> {
  const received = {
    spans: [] as ReceivedSpan[],
    metrics: new Map<string, readonly ReceivedMetric[]>(),
    requests: [] as string[],
    headers: [] as IncomingHttpHeaders[],
    answers: [] as ((response: ServerResponse) => void)[],
  }
  const server = createServer((request, response) => void answer(request, response))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url as keyof typeof READERS
    received.requests.push(path)
    received.headers.push(request.headers)
    const text = Buffer.concat(await request.toArray()).toString()
    const own = received.answers.shift()
    if (own) return own(response)
    const body: unknown = JSON.parse(text)
    if (!READERS[path].Check(body)) {
      response.writeHead(400).end(JSON.stringify([...READERS[path].Errors(body)].slice(0, 3)))
      return
    }
    take(received, body as Static<typeof Traces> | Static<typeof MetricsRequest>)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}')
  }

  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    ...received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closing = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closing
    },
  }
}

type Request = Static<typeof Traces> | Static<typeof MetricsRequest>

function take({ spans, metrics }: Pick<TestCollector, 'spans' | 'metrics'>, request: Request): void {
  if ('resourceSpans' in request) {
    for (const { resource, scopeSpans } of request.resourceSpans) {
      const service = textOf(resource.attributes, 'service.name')
      for (const scope of scopeSpans) spans.push(...scope.spans.map((span) => ({ ...span, service })))
    }
    return
  }
  for (const { resource, scopeMetrics } of request.resourceMetrics) {
    metrics.set(
      textOf(resource.attributes, 'service.name'),
      scopeMetrics.flatMap((scope) => scope.metrics),
    )
  }
}

function textOf(attributes: Static<typeof Attributes>, key: string): string {
  const value = attributes.find((attribute) => attribute.key === key)?.value
  return value !== undefined && 'stringValue' in value ? value.stringValue : ''
}
