import type { StreamConfig } from '@nats-io/jetstream'
import type { LogId } from '../../log/index.ts'
import { eventsErrors } from '../events-errors.ts'
import type { NatsClient } from './link.ts'

/** What a stream may hold. It is no archive: whoever is further behind reads the log. */
export interface StreamLimits {
  /** Begins the names of streams and subjects. Default `banyan`. */
  readonly prefix?: string
  /** Default 24 h. */
  readonly maxAgeMs?: number
  /** Default 1 GiB; the oldest messages go first. */
  readonly maxBytes?: number
  /** Copies in a cluster, 1 to 5. Default 1. */
  readonly replicas?: number
}

/** `banyan_orders_0_1` */
export function streamName({ producer, shard, epoch }: LogId, { prefix = 'banyan' }: StreamLimits): string {
  return `${prefix}_${producer}_${shard}_${epoch}`
}

/** `banyan.orders.0.1.order-placed.v1`: whoever is not one of ours may choose among the types. */
export function eventSubject({ producer, shard, epoch }: LogId, type: string, { prefix = 'banyan' }: StreamLimits) {
  return `${prefix}.${producer}.${shard}.${epoch}.${type.slice(type.indexOf('.') + 1)}`
}

/**
 * Creates the stream when it is missing; a stream that is there keeps the limits that somebody gave it.
 * @throws `events.BROKER_MISFIT` when a stream of that name carries something else.
 */
export async function ensureStream({ manager }: NatsClient, log: LogId, limits: StreamLimits): Promise<void> {
  const wanted = toConfig(log, limits)
  const found = await manager.streams.info(wanted.name).catch(() => null) // missing, or the creation tells why not
  if (!found) return void (await manager.streams.add(wanted))
  const { subjects } = found.config
  if (subjects.length === 1 && subjects[0] === wanted.subjects[0]) return
  throw eventsErrors.BROKER_MISFIT({ stream: wanted.name, found: subjects, wanted: wanted.subjects })
}

const NANOSECONDS = 1_000_000
/** The server forgets ids after this time; what is published again later is dropped by its position. */
const DUPLICATES_MS = 120_000

function toConfig(log: LogId, limits: StreamLimits) {
  const { maxAgeMs = 86_400_000, maxBytes = 1_073_741_824, replicas = 1 } = limits
  return {
    name: streamName(log, limits),
    subjects: [eventSubject(log, '.>', limits)],
    retention: 'limits',
    storage: 'file',
    discard: 'old',
    max_age: maxAgeMs * NANOSECONDS,
    max_bytes: maxBytes,
    num_replicas: replicas,
    duplicate_window: Math.min(DUPLICATES_MS, maxAgeMs) * NANOSECONDS,
  } satisfies Partial<StreamConfig>
}
