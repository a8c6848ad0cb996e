import { sayCount } from 'banyan/core'
import type { AuditFinding, JournalLine } from 'banyan/runtime'
import type { Books } from './books.ts'

const PLACES_ORDER = /^\/api\/(v\d+\/)?users\/\d+\/orders$/
const CANCELS_ORDER = /^\/api\/(v\d+\/)?orders\/([^/]+)\/cancel$/

/** I6: no acknowledged write is lost: an order that was answered 201 is confirmed, or its client asked to cancel it. */
export function auditAcknowledged(journal: readonly JournalLine[], { orders }: Books): AuditFinding {
  const cancelled = new Set(journal.flatMap(({ path }) => CANCELS_ORDER.exec(path)?.[2] ?? []))
  const acknowledged = journal.filter((line) => line.status === 201 && line.orderId !== null && isPlacing(line))
  const rows = acknowledged.flatMap(({ orderId }) => {
    const status = orders.get(orderId!)?.status
    if (status === undefined) return [`order ${orderId} was answered 201 and does not exist`]
    return status === 'confirmed' || cancelled.has(orderId!)
      ? []
      : [`order ${orderId} was answered 201 and is ${status}`]
  })
  return { invariant: 'I6', verdict: rows.length === 0 ? 'holds' : 'broken', checked: acknowledged.length, rows }
}

/** I7: one order per idempotency key, and no order that no client asked for. */
export function auditAsked(journal: readonly JournalLine[], { orders }: Books): AuditFinding {
  const byKey = new Map<string, Set<string>>()
  for (const line of journal.filter(isPlacing)) {
    const named = byKey.get(line.key) ?? new Set()
    byKey.set(line.key, line.orderId === null ? named : named.add(line.orderId))
  }
  const rows = [...byKey].flatMap(([key, named]) =>
    named.size > 1 ? [`key ${key} made ${named.size} orders: ${[...named].join(', ')}`] : [],
  )
  const named = new Set([...byKey.values()].flatMap((ids) => [...ids]))
  const unnamed = [...orders.keys()].filter((orderId) => !named.has(orderId))
  // A key whose answer was lost may have made an order that the journal cannot name: one, not more.
  const unanswered = [...byKey.values()].filter((ids) => ids.size === 0).length
  if (unnamed.length > unanswered) {
    rows.push(
      `${sayCount(unnamed.length, 'order')} in no answer, but only ${sayCount(unanswered, 'key')} without one: ${unnamed.slice(0, 20).join(', ')}`,
    )
  }
  return { invariant: 'I7', verdict: rows.length === 0 ? 'holds' : 'broken', checked: byKey.size, rows }
}

function isPlacing({ method, path }: JournalLine): boolean {
  return method === 'POST' && PLACES_ORDER.test(path)
}
