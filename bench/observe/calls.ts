import { createCall, reply, type Wire } from 'banyan/contract'
import { systemClock, systemRandom } from 'banyan/core'
import {
  createGuardedWire,
  createLocalWire,
  createServiceEndpoint,
  observeOperations,
  type Middleware,
} from 'banyan/mesh'
import { createMetrics, createSpanRing, createTracer, silentLogger, type Span, type Tracer } from 'banyan/observe'
import { probe } from './probe.ts'

/**
 * What observing costs a call inside one process, nanoseconds: rate, errors and duration on both sides, and a span that is
 * dropped (99 of 100) or kept. Least of several rounds, interleaved.
 */
const CALLS = 20_000
const ROUNDS = 9
const clock = systemClock
const metrics = createMetrics()
const sampling = (sampleRatio: number) =>
  createTracer({ clock, random: systemRandom, sampleRatio, sinks: [createSpanRing()] })
const usual = sampling(0.01)
const edge = usual.start('edge', { parent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` })

// What metrics alone cost: a tracer that makes nothing.
const nothing: Span = { ...edge, context: edge.context, traceParent: edge.traceParent, durationMs: 0.1 }
const mute = (['set', 'event', 'fail', 'end'] as const).reduce(
  (span, name) => ({ ...span, [name]: () => undefined }),
  nothing,
)
const none: Tracer = { start: () => mute, join: () => mute }

const cases: readonly (readonly [string, Wire, string | null])[] = [
  ['nothing observed', wireOf([]), null],
  ['counted on both sides, no spans', guard(wireOf([observe(none)])), null],
  ['operation counted, its span dropped', wireOf([observe(usual)]), null],
  ['the same, counted and protected as a dependency', guard(wireOf([observe(usual)])), null],
  ['the same, within a trace', guard(wireOf([observe(usual)])), edge.traceParent],
  ['the same, every span kept', guard(wireOf([observe(sampling(1))])), null],
]

const least = new Map<string, number>()
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, wire, traceParent] of cases) {
    least.set(name, Math.min(least.get(name) ?? Infinity, await measure(wire, traceParent)))
  }
}
const base = least.get(cases[0]![0])!
for (const [name, ns] of least)
  console.log(`${name.padEnd(48)} ${ns.toFixed(0).padStart(6)} ns  +${(ns - base).toFixed(0)}`)

function observe(tracer: Tracer): Middleware {
  return observeOperations({ service: probe.name, metrics, tracer, clock })
}

function guard(wire: Wire): Wire {
  return createGuardedWire({ clock, metrics, random: systemRandom, logger: silentLogger, contract: probe, wire })
}

function wireOf(middleware: readonly Middleware[]): Wire {
  const answer = Promise.resolve(reply(null))
  const operations = { read: () => answer }
  const endpoint = createServiceEndpoint({ contract: probe, operations, clock, logger: silentLogger, middleware })
  return createLocalWire({ clock, endpoints: [endpoint] })
}

async function measure(wire: Wire, traceParent: string | null): Promise<number> {
  const call = createCall({ key: null, timeoutMs: 4_900, traceParent })
  const startMs = performance.now()
  for (let index = 0; index < CALLS; index++) await wire.call('probe.read', {}, call)
  return ((performance.now() - startMs) * 1e6) / CALLS
}
