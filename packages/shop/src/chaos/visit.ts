import type { Answer, Visit, WorkloadClient } from 'banyan/runtime'
import { STAGES, type Order } from './order.ts'
import { logIn, NEW_PASSWORD, type Person } from './people.ts'
import type { PlannedVisit } from './script.ts'
import type { Told } from './told.ts'

export interface Shop {
  readonly client: WorkloadClient
  readonly customers: readonly Person[]
  readonly admin: Person
  /** What customers were told, to be compared with what is stored. */
  readonly told: Told
}

/** Does what was planned, and insists on an answer to everything that may have had an effect. */
export async function visit(shop: Shop, index: number, planned: PlannedVisit): Promise<Visit> {
  const answers: Answer[] = []
  const complaints: string[] = []
  const { client, told } = shop
  const buyer =
    (planned.signsUp ? await signUp(shop, index) : null) ?? shop.customers[planned.customer % shop.customers.length]!
  for (const productId of planned.looksAt) await client.request('GET', `/api/v2/products/${productId}`)
  const placed = await place(shop, { buyer, index, planned, complaints })
  answers.push(placed)
  if (placed.status !== 201) return { answers: answers.map(nameOf), succeeded: false, complaints }
  const order = placed.body.data as Order
  await lookAt(shop, buyer, order.id)
  if (planned.isRefunded) answers.push(await refundOne(shop, order, index))
  if (!planned.cancels) {
    told.confirmed.add(order.id)
    return { answers: answers.map(nameOf), succeeded: true, complaints }
  }
  const path = `/api/v2/orders/${order.id}/cancel`
  const cancelled = await client.insist('POST', path, { session: buyer, key: `cancel-${index}` })
  answers.push(cancelled)
  if (cancelled.status === 200) told.cancelled.add(order.id)
  else complaints.push(`cancelling ${order.id} was answered ${nameOf(cancelled)}`)
  await lookAt(shop, buyer, order.id)
  return { answers: answers.map(nameOf), succeeded: true, complaints }
}

interface Placing {
  readonly buyer: Person
  readonly index: number
  readonly planned: PlannedVisit
  readonly complaints: string[]
}

/** Whoever clicks twice, or comes back with the same key, must be told the same. */
async function place({ client }: Shop, { buyer, index, planned, complaints }: Placing): Promise<Answer> {
  const { lines, paymentMethod, clicksTwice, repeats } = planned
  const path = `/api/v2/users/${buyer.id}/orders`
  const send = () =>
    client.insist('POST', path, {
      session: buyer,
      key: `order-${index}`,
      body: { items: lines, paymentMethod },
    })
  const [first, ...twins] = await Promise.all(Array.from({ length: clicksTwice ? 2 : 1 }, send))
  const others = repeats ? [...twins, await send()] : twins
  for (const other of others) {
    if (sameAs(first!, other)) continue
    complaints.push(`I13: key order-${index} was answered ${describe(first!)} and ${describe(other)}`)
  }
  return first!
}

function sameAs(one: Answer, other: Answer): boolean {
  return describe(one) === describe(other)
}

function describe({ status, body }: Answer): string {
  return `${status} ${JSON.stringify(body.data ?? body.error)}`
}

/** `null`: the shop was down, and nobody waits to register. */
async function signUp({ client }: Shop, index: number): Promise<Person | null> {
  const email = `new-${index}@example.com`
  const key = `user-${index}`
  const body = { name: `New ${index}`, email, password: NEW_PASSWORD }
  const answer = await client.request('POST', '/api/v2/users', { key, body })
  if (answer?.status !== 201) return null
  // It went down in between.
  return logIn(client, { email, password: NEW_PASSWORD }).catch(() => null)
}

/** A session reads what it wrote: noted, for the audit to compare (I12). */
async function lookAt({ client }: Shop, buyer: Person, orderId: string): Promise<void> {
  const path = `/api/v2/orders/${orderId}`
  const answer = await client.request('GET', path, { token: buyer.token })
  if (answer === null) return
  const { status } = (answer.body.data ?? {}) as Partial<Order>
  client.noteRead({ session: buyer.name, path, status: answer.status, stage: status ? STAGES.indexOf(status) : -1 })
}

function refundOne({ client, admin }: Shop, { paymentId }: Order, index: number): Promise<Answer> {
  const body = { amount: { amountMinor: 1, currency: 'USD' } }
  return client.insist('POST', `/api/v2/payments/${paymentId}/refunds`, {
    session: admin,
    key: `refund-${index}`,
    body,
  })
}

function nameOf({ status, body }: Answer): string {
  return body.error ? `${status} ${body.error.code}` : String(status)
}
