import type { Clock } from '../core/index.ts'
import { isFault } from './failure.ts'
import type { Metrics } from './metrics.ts'
import { createRedSeries, type RedSeries } from './red.ts'
import type { Tracer } from './tracer.ts'

/** What a process calls and waits for. */
export type DependencyKind = 'service' | 'database' | 'broker' | 'provider' | 'mail'

export interface DependencyName {
  readonly kind: DependencyKind
  /** `orders`, `nats`, `stripe`. */
  readonly name: string
}

/** Something outside that this process calls: a payment provider, a mail server, a broker. */
export interface Dependency {
  /**
   * Runs `work` as one call of it: timed and counted by outcome, and a client span where there is a trace to add to.
   * @param operation From a fixed set: it becomes a label.
   */
  call<T>(operation: string, traceParent: string | null, work: () => Promise<T>): Promise<T>
}

export interface DependencyTools {
  readonly metrics: Metrics
  readonly tracer: Tracer
  readonly clock: Clock
}

export function createDependency({ kind, name }: DependencyName, tools: DependencyTools): Dependency {
  const { metrics, tracer, clock } = tools
  const byOperation = new Map<string, RedSeries>()
  const attributes = Object.freeze({ 'peer.service': name })

  function seriesOf(operation: string): RedSeries {
    const known = byOperation.get(operation)
    if (known) return known
    const made = dependencySeries(metrics, { kind, name }, operation)
    byOperation.set(operation, made)
    return made
  }

  return {
    async call(operation, traceParent, work) {
      const red = seriesOf(operation)
      const span =
        traceParent && tracer.join(`${name} ${operation}`, { parent: traceParent, kind: 'client', attributes })
      const startMs = clock.monotonicMs()
      try {
        const answer = await work()
        red.ok(clock.monotonicMs() - startMs)
        return answer
      } catch (error) {
        red.failed(error, clock.monotonicMs() - startMs)
        if (span && isFault(error)) span.fail(error)
        throw error
      } finally {
        if (span) span.end()
      }
    },
  }
}

/** One family for all that a process waits for, so that one panel shows which of them is slow. */
export function dependencySeries(metrics: Metrics, { kind, name }: DependencyName, operation: string): RedSeries {
  return createRedSeries(metrics, {
    name: 'banyan_dependency_seconds',
    help: 'What this process called, as it saw it, retries included.',
    labels: { kind, dependency: name, operation },
  })
}
