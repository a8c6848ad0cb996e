import { reply, type Call, type Client, type OutputOf, type Reply } from 'banyan/contract'
import { relatedId } from 'banyan/core'
import type { Database, Shards } from 'banyan/data'
import { firstLog, readAggregate } from 'banyan/log'
import { findSaga } from 'banyan/saga'
import type { payments } from '../payments/contract.ts'
import { inCausalOrder, type StoryRecord } from './causal-order.ts'
import { requireOrder } from './read-orders.ts'
import type { orders } from './contract.ts'

type Story = OutputOf<typeof orders.operations.getStory>

type Payments = Client<typeof payments>

export interface StorySources {
  readonly shards: Shards
  readonly payments: Payments
}

type Traced = Pick<Call, 'traceParent'>

/**
 * All that is recorded of an order: its events, the timelines of its sagas, its charges and refunds, in causal order. A saga's entry
 * has the time of its database as its process knows it: under load some milliseconds early.
 */
export async function readStory(
  { shards, payments }: StorySources,
  orderId: string,
  call: Traced,
): Promise<Reply<Story>> {
  const order = await requireOrder(shards, orderId)
  const database = shards.shard(order.userId)
  const [events, moves, ...sagas] = await Promise.all([
    readEvents(database, orderId),
    readPayments(payments, orderId, call),
    readSaga(database, 'checkout', orderId),
    readSaga(database, 'cancel', orderId),
  ])
  // Within one millisecond, the first in this list: money moves in a step, the step is noted, then the order changes.
  const entries = inCausalOrder([moves, ...sagas, events])
  const changedAt = entries.reduce((latest, { at }) => (at > latest ? at : latest), '')
  return reply({ orderId, status: order.status, entries }, { changedAt: changedAt || null })
}

async function readEvents(database: Database, orderId: string): Promise<StoryRecord> {
  const events = await readAggregate({ database, log: firstLog('orders'), aggregateId: orderId })
  return events.map(({ recordedAt, type, version, payload }) => ({
    at: recordedAt,
    source: 'event' as const,
    what: type,
    details: { version, ...(payload as object) },
  }))
}

async function readSaga(database: Database, name: string, orderId: string): Promise<StoryRecord> {
  const saga = await findSaga(database, relatedId(name, orderId))
  if (!saga) return []
  const entryOf = (at: string, what: string, details: object = {}) => ({
    at,
    source: 'saga' as const,
    what: `${name}: ${what}`,
    details: { ...details },
  })
  const steps = saga.timeline.map(({ at, step, kind, ...details }) => entryOf(at, `${step} ${kind}`.trim(), details))
  const { createdAt, endedAt, traceId, owner, fence } = saga
  const ended = endedAt ? [entryOf(endedAt, saga.status, { process: owner, fence })] : []
  return [entryOf(createdAt, 'began', { traceId }), ...steps, ...ended]
}

async function readPayments(client: Payments, orderId: string, { traceParent }: Traced): Promise<StoryRecord> {
  const { moves } = await client.paymentsOfOrder({ orderId }, { traceParent })
  const entries = moves.map(({ kind, createdAt, settledAt, ...details }) => ({
    at: settledAt ?? createdAt,
    source: 'payment' as const,
    what: `${kind} ${details.status}`,
    details,
  }))
  return entries.sort((a, b) => a.at.localeCompare(b.at))
}
