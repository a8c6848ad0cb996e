import assert from 'node:assert/strict'

export interface SessionOptions {
  /** Of the processes that a request may go to. */
  readonly urls: readonly string[]
  readonly name: string
  readonly admin: { readonly email: string; readonly password: string }
  readonly counts: { reads: number; behind: number; crossed: number }
}

/** One customer, who also runs a product of his own: what he has been told is checked against everything that he reads. */
export type Session = Readonly<
  Record<
    'place' | 'cancel' | 'rename' | 'reprice' | 'order' | 'list' | 'history' | 'self' | 'product' | 'catalogue',
    (process: number, paymentMethod: string) => Promise<void>
  >
>

/** An order's way is one way. */
const RANKS = ['pending', 'confirmed', 'cancelling', 'cancelled']

interface OrderSeen {
  readonly id: string
  readonly status: string
}

interface Told {
  name: string
  priceMinor: number
  /** By order, how far it had come. */
  readonly orders: Map<string, number>
}

export async function createSession({ urls, name, admin, counts }: SessionOptions): Promise<Session> {
  const client = createClient(urls, counts)
  const credentials = { email: `${name}@sessions.example.com`, password: 'a password of the tests' }
  const user = await client.ask<{ id: string }>(0, 'POST /users', { body: { name, ...credentials } })
  const own = await client.logIn(credentials)
  const boss = await client.logIn(admin)
  const fields = { name: `Thing ${name}`, category: `c-${name}`, description: 'For one session.', attributes: {} }
  const price = (amountMinor: number) => ({ price: { amountMinor, currency: 'USD' } })
  const body = { ...fields, ...price(1_000), onHand: 10_000 }
  const { id: productId } = await client.ask<{ id: string }>(0, 'POST /products', { token: boss, body })
  const told: Told = { name, priceMinor: 1_000, orders: new Map() }
  const note = ({ id, status }: OrderSeen) => {
    const rank = RANKS.indexOf(status)
    const before = told.orders.get(id) ?? -1
    assert.ok(rank >= before, `order ${id} went back from ${RANKS[before]} to ${status}`)
    told.orders.set(id, rank)
  }
  const noteAll = (seen: readonly OrderSeen[], where: string) => {
    for (const id of told.orders.keys())
      assert.ok(
        seen.some((one) => one.id === id),
        `${where} lacks order ${id}`,
      )
    for (const one of seen) note(one)
  }

  return {
    async place(process, paymentMethod) {
      const items = [{ productId, quantity: 1 }]
      const placed = { token: own, body: { items, paymentMethod } }
      const order = await client.write<OrderSeen>(process, `POST /users/${user.id}/orders`, placed)
      if (order) note(order)
    },
    async cancel(process) {
      const id = [...told.orders].find(([, rank]) => rank === 1)?.[0]
      if (id === undefined) return
      const order = await client.write<OrderSeen>(process, `POST /orders/${id}/cancel`, { token: own, body: {} })
      if (order) note(order)
    },
    async rename(process) {
      const next = `${name} ${told.name.length}`
      const { email } = credentials
      const renamed = await client.write(process, `PUT /users/${user.id}`, { token: own, body: { name: next, email } })
      if (renamed) told.name = next
    },
    async reprice(process) {
      const next = told.priceMinor + 1
      const change = { token: boss, body: { ...fields, ...price(next) } }
      if (await client.write(process, `PUT /products/${productId}`, change)) told.priceMinor = next
    },
    async order(process) {
      for (const id of [...told.orders.keys()].slice(-1)) {
        note((await client.read<OrderSeen>(process, `GET /orders/${id}`, own))!)
      }
    },
    async list(process) {
      const orders = await client.read<OrderSeen[]>(process, `GET /users/${user.id}/orders?limit=100`, own)
      noteAll(orders!, 'the list')
    },
    async history(process) {
      const path = `GET /users/${user.id}/order-history?limit=100`
      const entries = await client.read<{ orderId: string; status: string }[]>(process, path, own)
      if (entries)
        noteAll(
          entries.map(({ orderId: id, status }) => ({ id, status })),
          'the history',
        )
    },
    async self(process) {
      const seen = await client.read<{ name: string }>(process, `GET /users/${user.id}`, own)
      assert.equal(seen!.name, told.name)
    },
    async product(process) {
      const seen = await client.read<Priced>(process, `GET /products/${productId}`)
      assert.equal(seen!.price.amountMinor, told.priceMinor, 'the price of the product')
    },
    async catalogue(process) {
      const seen = await client.read<Priced[]>(process, `GET /products?category=c-${name}`)
      assert.deepEqual(
        seen!.map(({ price: { amountMinor } }) => amountMinor),
        [told.priceMinor],
        'in the list',
      )
    },
  }
}

interface Priced {
  readonly price: { readonly amountMinor: number }
}

interface Ask {
  readonly token?: string
  readonly body?: object
}

/** Keeps the consistency token as a browser keeps a cookie: the last one is sent with everything. */
function createClient(urls: readonly string[], counts: SessionOptions['counts']) {
  let consistency: string | null = null
  let wroteAt = 0

  async function send(process: number, what: string, { token, body }: Ask) {
    const [method, path] = what.split(' ')
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    if (consistency !== null) headers['consistency-token'] = consistency
    const response = await fetch(`${urls[process]}/api/v2${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    consistency = response.headers.get('consistency-token') ?? consistency
    const answer = (await response.json()) as { data?: unknown; error?: { code: string } }
    return { status: response.status, data: answer.data, code: answer.error?.code ?? '' }
  }

  async function ask<Data>(process: number, what: string, how: Ask): Promise<Data> {
    const { status, data, code } = await send(process, what, how)
    assert.ok(status < 300, `${what}: ${status} ${code}`)
    return data as Data
  }

  return {
    ask,
    async logIn(body: object): Promise<string> {
      return (await ask<{ accessToken: string }>(0, 'POST /sessions', { body })).accessToken
    },
    /** `null`: refused on the merits. */
    async write<Data = unknown>(process: number, what: string, how: Ask): Promise<Data | null> {
      wroteAt = process
      const { status, data, code } = await send(process, what, how)
      if (status === 402 || status === 409) return null
      assert.ok(status < 300, `${what}: ${status} ${code}`)
      return data as Data
    },
    /** `null`: the read model has not come so far, and says so. */
    async read<Data>(process: number, what: string, token?: string): Promise<Data | null> {
      counts.reads++
      if (process !== wroteAt) counts.crossed++
      const { status, data, code } = await send(process, what, { ...(token !== undefined && { token }) })
      if (code === 'events.READ_MODEL_BEHIND') {
        counts.behind++
        return null
      }
      assert.equal(status, 200, `${what}: ${status} ${code}`)
      return data as Data
    },
  }
}
