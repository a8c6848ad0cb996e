import assert from 'node:assert/strict'
import { randomText, systemClock, systemRandom } from 'banyan/core'
import { createVisitor, type Answer, type Ask, type Visitor } from './visitor.ts'

/** A shop that runs somewhere: all that the suite knows of it. */
export interface ShopUnderTest {
  /** Of its gateways; each request goes to the next. */
  readonly urls: readonly string[]
  readonly admin: { readonly email: string; readonly password: string }
  /** Folder where its mails become files. */
  readonly outbox: string
}

export interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly password: string
  readonly token: string
}

export interface Money {
  readonly amountMinor: number
  readonly currency: string
}

export interface Product {
  readonly id: string
  readonly name: string
  readonly price: Money
  readonly available: number
}

export interface Order {
  readonly id: string
  readonly userId: string
  readonly status: string
  readonly reason: string | null
  readonly items: readonly { readonly productId: string; readonly quantity: number }[]
  readonly total: Money | null
  readonly paymentId: string | null
}

export interface Payment {
  readonly status: string
  readonly amount: Money
  readonly refunded: Money
}

export interface Basket {
  readonly items: readonly { readonly productId: string; readonly quantity: number }[]
  /** Default `pm_visa`. */
  readonly paymentMethod?: string
}

/** Who and what the parts of the suite play with. People and products are new each time, so that no part sees another's. */
export interface Cast extends Visitor {
  readonly admin: Person
  register(name: string): Promise<Person>
  addProduct(name: string, of: { readonly amountMinor: number; readonly onHand: number }): Promise<Product>
  availableOf(product: Product): Promise<number>
  /** Without a key: the gateway mints one. */
  place(person: Person, basket: Basket, how?: Ask): Promise<Answer<Order>>
  paymentOf(order: Order, token: string): Promise<Payment>
  /** An idempotency key, an e-mail address, a name that nobody had before. */
  fresh(what: string): string
}

export async function assembleCast({ urls, admin }: Pick<ShopUnderTest, 'urls' | 'admin'>): Promise<Cast> {
  const visitor = createVisitor(urls)
  const { ask } = visitor
  const fresh = (what: string) => `${what}-${randomText(systemRandom, 8)}`
  const boss = await logIn(visitor, { ...admin, name: 'admin' })
  return {
    ask,
    admin: boss,
    fresh,
    async register(name) {
      const email = `${fresh('person')}@example.com`
      const password = 'correct horse battery'
      await get(ask('POST /api/v2/users', { body: { name, email, password } }), 201)
      return logIn(visitor, { name, email, password })
    },
    addProduct(name, { amountMinor, onHand }) {
      const body = { name, category: 'Suite', price: { amountMinor, currency: 'USD' }, onHand }
      return get(ask<Product>('POST /api/v2/products', { token: boss.token, body }), 201)
    },
    async availableOf({ id }) {
      return (await get(ask<Product>(`GET /api/v2/products/${id}`), 200)).available
    },
    place: ({ id, token }, { items, paymentMethod = 'pm_visa' }, how) =>
      ask<Order>(`POST /api/v2/users/${id}/orders`, { token, body: { items, paymentMethod }, ...how }),
    paymentOf: ({ paymentId }, token) => get(ask<Payment>(`GET /api/v2/payments/${paymentId}`, { token }), 200),
  }
}

/** The data of an answer that must have this status. */
export async function get<Data>(asking: Promise<Answer<Data>>, status: number): Promise<Data> {
  const answer = await asking
  assert.equal(answer.status, status, JSON.stringify(answer.error ?? answer.data))
  return answer.data
}

/** The error of an answer that must have this status and code. */
export async function refusal(asking: Promise<Answer>, status: number, code: string) {
  const { status: got, error, data } = await asking
  assert.deepEqual([got, error?.code], [status, code], JSON.stringify(error ?? data))
  return error!
}

/** Every item of a list, page by page. */
export async function readAll<Item>({ ask }: Pick<Visitor, 'ask'>, path: string, token: string): Promise<Item[]> {
  const items: Item[] = []
  let from = ''
  for (;;) {
    const page = await ask<readonly Item[]>(`GET ${path}${from}`, { token })
    assert.equal(page.status, 200, JSON.stringify(page.error))
    items.push(...page.data)
    if (page.nextCursor === null) return items
    from = `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(page.nextCursor)}`
  }
}

/** Looks again until `find` has found something; for what may lag. */
export async function eventually<Found>(what: string, find: () => Promise<Found | null>): Promise<Found> {
  const untilMs = systemClock.monotonicMs() + 15_000
  for (;;) {
    const found = await find()
    if (found !== null) return found
    if (systemClock.monotonicMs() > untilMs) throw new Error(`${what}: not within 15 s`)
    await systemClock.sleep(20)
  }
}

export function usd(amountMinor: number): Money {
  return { amountMinor, currency: 'USD' }
}

async function logIn({ ask }: Visitor, { name, email, password }: Omit<Person, 'id' | 'token'>): Promise<Person> {
  const session = ask<Session>('POST /api/v2/sessions', { body: { email, password } })
  const { accessToken, user } = await get(session, 201)
  return { id: user.id, name, email, password, token: accessToken }
}

export interface Session {
  readonly accessToken: string
  readonly refreshToken: string
  readonly user: { readonly id: string; readonly email: string; readonly role: string }
}
