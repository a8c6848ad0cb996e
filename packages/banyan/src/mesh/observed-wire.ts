import type { Wire } from '../contract/index.ts'
import type { Clock } from '../core/index.ts'
import { dependencySeries, type Metrics, type RedSeries } from '../observe/index.ts'

export interface ObserveWireOptions {
  readonly metrics: Metrics
  readonly clock: Clock
}

/**
 * The calls of this process to services in it, counted as those to other processes are: what a dashboard shows of a
 * dependency stays when the service moves out.
 */
export function observeWire(wire: Wire, { metrics, clock }: ObserveWireOptions): Wire {
  const byOperation = new Map<string, RedSeries>()

  function seriesOf(id: string): RedSeries {
    const name = id.slice(0, id.indexOf('.'))
    const made = dependencySeries(metrics, { kind: 'service', name }, id)
    byOperation.set(id, made)
    return made
  }

  function timed<Answer>(id: string, answer: Promise<Answer>): Promise<Answer> {
    const red = byOperation.get(id) ?? seriesOf(id)
    const startMs = clock.monotonicMs()
    return answer.then(
      (reply) => {
        red.ok(clock.monotonicMs() - startMs)
        return reply
      },
      (error: unknown) => {
        red.failed(error, clock.monotonicMs() - startMs)
        throw error
      },
    )
  }

  const { callEncoded } = wire
  return {
    call: (id, input, call) => timed(id, wire.call(id, input, call)),
    ...(callEncoded && { callEncoded: (id, input, call) => timed(id, callEncoded(id, input, call)) }),
  }
}
