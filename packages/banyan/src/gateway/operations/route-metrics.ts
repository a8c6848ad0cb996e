import type { Counter, Metrics } from '../../observe/index.ts'

/** Counts and times the answers of one route. */
export type RouteObserver = (status: number, ms: number) => void

/** Series are looked up once per route and status: a look-up per request was measured at a tenth of the throughput. */
export function createRouteObserver(metrics: Metrics, operation: string): RouteObserver {
  const seconds = metrics.histogram({
    name: 'banyan_http_request_seconds',
    help: 'From the whole request read to the answer handed to the socket.',
    labels: { operation },
    unit: 'milliseconds',
  })
  const counters = new Map<number, Counter>()

  function counterOf(status: number): Counter {
    const counter = metrics.counter({
      name: 'banyan_http_requests_total',
      help: 'Answers by operation and status.',
      labels: { operation, status: String(status) },
    })
    counters.set(status, counter)
    return counter
  }

  return (status, ms) => {
    seconds.observe(ms)
    const counter = counters.get(status) ?? counterOf(status)
    counter.add()
  }
}
