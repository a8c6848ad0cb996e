import { reply, type Client, type OutputOf, type Reply } from 'banyan/contract'
import { relatedId } from 'banyan/core'
import type { Database, Shards } from 'banyan/data'
import { readAggregate } from 'banyan/log'
import { findSaga } from 'banyan/saga'
import type { payments } from '../payments/contract.ts'
import { requireOrder } from './read-orders.ts'
import type { orders } from './contract.ts'
import type { StoryEntry } from './schemas.ts'

type Story = OutputOf<typeof orders.operations.getStory>

type Payments = Client<typeof payments>

export interface StorySources {
  readonly shards: Shards
  readonly payments: Payments
}

/** All that is recorded of an order: its events, the timelines of its sagas, its charges and refunds, by time. */
export async function readStory({ shards, payments }: StorySources, orderId: string): Promise<Reply<Story>> {
  const order = await requireOrder(shards, orderId)
  const database = shards.shard(order.userId)
  const parts = await Promise.all([
    readEvents(database, orderId),
    readSaga(database, 'checkout', orderId),
    readSaga(database, 'cancel', orderId),
    readPayments(payments, orderId),
  ])
  const entries = parts.flat().sort((a, b) => a.at.localeCompare(b.at) || RANK[a.source] - RANK[b.source])
  return reply({ orderId, status: order.status, entries })
}

async function readEvents(database: Database, orderId: string): Promise<StoryEntry[]> {
  const events = await readAggregate({ database, log: LOG, aggregateId: orderId })
  return events.map(({ recordedAt, type, version, payload }) => ({
    at: recordedAt,
    source: 'event' as const,
    what: type,
    details: { version, ...(payload as object) },
  }))
}

async function readSaga(database: Database, name: string, orderId: string): Promise<StoryEntry[]> {
  const saga = await findSaga(database, relatedId(name, orderId))
  if (!saga) return []
  const begun = { at: saga.createdAt, source: 'saga' as const, what: `${name}: began`, details: {} }
  const steps = saga.timeline.map(({ at, step, kind, ...details }) => ({
    at,
    source: 'saga' as const,
    what: `${name}: ${step} ${kind}`,
    details,
  }))
  const ended = saga.endedAt
    ? [{ at: saga.endedAt, source: 'saga' as const, what: `${name}: ${saga.status}`, details: {} }]
    : []
  return [begun, ...steps, ...ended]
}

async function readPayments(client: Payments, orderId: string): Promise<StoryEntry[]> {
  const { moves } = await client.paymentsOfOrder({ orderId })
  return moves.map(({ kind, createdAt, settledAt, ...details }) => ({
    at: settledAt ?? createdAt,
    source: 'payment' as const,
    what: `${kind} ${details.status}`,
    details,
  }))
}

/** Within one millisecond: money moves in a step, the step is noted, then the order changes. */
const RANK = { payment: 0, saga: 1, event: 2 } as const

const LOG = { producer: 'orders', shard: 0, epoch: 1 }
