import type { Metrics } from '../../observe/index.ts'
import type { Member } from './member.ts'

/** Publishes the figures of one instance, read when somebody scrapes. `null`: it is gone, and its series show 0. */
export function observeInstance(
  metrics: Metrics | undefined,
  labels: { readonly service: string; readonly instance: string },
  member: Member | null,
): void {
  if (!metrics) return
  const gauge = (name: string, help: string, read: () => number) => metrics.gaugeOf({ name, help, labels }, read)
  gauge('banyan_instance_calls_in_flight', 'Calls of this process to the instance.', () => member?.inFlight ?? 0)
  gauge(
    'banyan_instance_latency_seconds',
    'Peak-sensitive moving average of its latency; failures count as slow.',
    () => (member === null ? 0 : member.latencyMs / 1_000),
  )
  gauge('banyan_instance_fit', '1 while it gets calls; 0 while it is ejected, unreachable, draining or gone.', () =>
    member?.fitness() === 'fit' ? 1 : 0,
  )
}
