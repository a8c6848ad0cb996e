import type { AttributeValue, Attributes } from '../span.ts'

/** Who exports: `service.name`, `service.instance.id` and the like. */
export type Resource = Attributes

/** An attribute as OTLP writes it in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
export interface KeyValue {
  readonly key: string
  readonly value: { readonly [Kind in 'stringValue' | 'intValue' | 'doubleValue' | 'boolValue']?: unknown }
}

export function toKeyValues(attributes: Attributes): readonly KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toAnyValue(value) }))
}

function toAnyValue(value: AttributeValue): KeyValue['value'] {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** Nanoseconds since 1970 as text: as a number they would lose their last digits, and 64 bits are text in OTLP's JSON. */
export function toNanos(ms: number): string {
  const whole = Math.floor(ms)
  return `${whole}${String(Math.floor((ms - whole) * NANOS_PER_MS)).padStart(6, '0')}`
}

const NANOS_PER_MS = 1e6

/** In whose name spans and metrics are exported. */
export const SCOPE = Object.freeze({ name: 'banyan' })
