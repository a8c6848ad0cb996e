import { backoffMs, type Clock, type Random } from '../../core/index.ts'
import { createFailureLog } from '../failure-log.ts'
import type { Logger } from '../logger.ts'
import type { Counter, Metrics } from '../metrics.ts'
import type { SpanRecord, SpanSink } from '../span.ts'
import { createCollector, type Collector } from './collector.ts'
import { metricsRequest } from './metrics-request.ts'
import type { Resource } from './otlp-json.ts'
import { spansRequest } from './spans-request.ts'

export interface OtlpExporterOptions {
  /** Base of `/v1/traces` and `/v1/metrics`. */
  readonly endpoint: string
  /** Sent with each request. Default none. */
  readonly headers?: Readonly<Record<string, string>>
  readonly resource: Resource
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** How often all metrics are sent, milliseconds. Default 60,000. */
  readonly metricsEveryMs?: number
  /** How long spans are gathered, milliseconds. Default 5,000; a full batch goes at once. */
  readonly spansEveryMs?: number
  /** Spans that may wait; further ones are dropped and counted. Default 2,048. */
  readonly maxQueuedSpans?: number
  /** Default 512. */
  readonly maxBatchSpans?: number
  /** Until the collector must have answered, milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

/** Sends kept spans and all metrics to an OpenTelemetry collector. */
export interface OtlpExporter extends SpanSink {
  /** Sends what waits once more, within `timeoutMs`, then ends. Idempotent. */
  stop(): Promise<void>
}

/** A batch is sent again so often, with full jitter; then it is dropped, and counted. */
const MAX_ATTEMPTS = 5
const BACKOFF = { firstMs: 1_000, capMs: 30_000 }

/**
 * Whoever ends a span only puts it into the queue: texts are made and sent later, a batch at a time, one request after the other. A
 * collector that is slow or away costs spans, never requests; that it is away is said in the log once.
 */
export function createOtlpExporter(options: OtlpExporterOptions): OtlpExporter {
  const { clock, metrics, resource, spansEveryMs = 5_000, metricsEveryMs = 60_000, timeoutMs = 10_000 } = options
  const { maxQueuedSpans = 2_048, maxBatchSpans = 512 } = options
  const delivery = createDelivery(options, timeoutMs)
  const startedAtMs = clock.now()
  const dropped = dropCounter(metrics, 'the queue was full')
  const queue: SpanRecord[] = []
  let sending: Promise<void> | null = null
  let stopping: Promise<void> | null = null
  let cancelFlush: (() => void) | null = null
  let cancelReport = clock.schedule(metricsEveryMs, report)

  function flushLater(): void {
    if (queue.length >= maxBatchSpans) flush()
    else cancelFlush ??= clock.schedule(spansEveryMs, flush)
  }

  function flush(): void {
    cancelFlush?.()
    cancelFlush = null
    sending ??= sendAll().finally(() => {
      sending = null
      if (queue.length > 0 && stopping === null) flushLater()
    })
  }

  async function sendAll(): Promise<void> {
    do {
      const batch = queue.splice(0, maxBatchSpans)
      await delivery.deliver({ path: '/v1/traces', body: spansRequest(resource, batch), items: batch.length })
    } while (queue.length >= maxBatchSpans)
  }

  function sendMetrics(): Promise<void> {
    const body = metricsRequest(resource, metrics.families(), { startedAtMs, nowMs: clock.now() })
    return delivery.deliver({ path: '/v1/metrics', body, items: 0 })
  }

  function report(): void {
    void sendMetrics().finally(() => {
      if (stopping === null) cancelReport = clock.schedule(metricsEveryMs, report)
    })
  }

  async function finish(): Promise<void> {
    cancelReport()
    cancelFlush?.()
    delivery.hurry()
    await sending
    while (queue.length > 0) await sendAll()
    await sendMetrics()
  }

  return {
    keep(span) {
      if (queue.length >= maxQueuedSpans || stopping !== null) return dropped.add()
      queue.push(span)
      flushLater()
    },
    stop: () => (stopping ??= finish()),
  }
}

interface Shipment {
  readonly path: '/v1/traces' | '/v1/metrics'
  readonly body: string
  /** Spans in it, for the count of what was dropped; metrics are told again in a minute. */
  readonly items: number
}

interface Delivery {
  /** Never throws: what cannot be delivered is counted. */
  deliver(shipment: Shipment): Promise<void>
  /** From now on each shipment gets one attempt, and all of them together one timeout. */
  hurry(): void
}

function createDelivery(options: OtlpExporterOptions, timeoutMs: number): Delivery {
  const { endpoint, headers = {}, clock, random, metrics, logger } = options
  const collector: Collector = createCollector({ endpoint, headers, timeoutMs, clock })
  const refused = dropCounter(metrics, 'the collector refused it')
  const given = dropCounter(metrics, 'the collector could not be reached')
  const lines = { fails: 'telemetry cannot be exported', works: 'telemetry can be exported again' }
  const log = createFailureLog({ logger, ...lines, fields: { endpoint } })
  const end = new AbortController() // ends what runs
  const hurry = new AbortController() // ends pauses
  let attemptsLeft = MAX_ATTEMPTS

  async function deliver({ path, body, items }: Shipment): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const sent = await collector.send(path, body, end.signal)
      if (sent.kind === 'accepted') {
        refused.add(sent.rejected)
        return log.worked()
      }
      log.failed(sent.error)
      if (sent.kind === 'refused') return refused.add(items)
      if (attempt + 1 >= attemptsLeft) return given.add(items)
      await pause(sent.afterMs === null ? backoffMs(BACKOFF, attempt, random) : Math.min(sent.afterMs, BACKOFF.capMs))
    }
  }

  function pause(ms: number): Promise<void> {
    return clock.sleep(ms, hurry.signal).catch(() => undefined) // only ever: there is no time for it any more
  }

  return {
    deliver,
    hurry() {
      attemptsLeft = 1
      hurry.abort()
      clock.schedule(timeoutMs, () => end.abort())
    },
  }
}

function dropCounter(metrics: Metrics, reason: string): Counter {
  const help = 'Spans that were kept and never reached the collector.'
  return metrics.counter({ name: 'banyan_spans_dropped_total', help, labels: { reason } })
}
