// The load generator, a process of its own: `node generate.ts '<json>'` prints one JSON line.
import autocannon from 'autocannon'
import type { Customer } from './shop-client.ts'

interface Load {
  readonly url: string
  readonly customers: readonly Customer[]
  readonly products: number
  readonly itemsPerOrder: number
  readonly clients: number
  readonly seconds: number
  /** All clients together; absent: as fast as they can. */
  readonly ratePerSecond?: number
}

const load = JSON.parse(process.argv[2]!) as Load
let next = 0

const result = await autocannon({
  url: load.url,
  connections: load.clients,
  duration: load.seconds,
  ...(load.ratePerSecond ? { overallRate: load.ratePerSecond } : {}),
  requests: [{ setupRequest: toCheckout }],
})

const { p50, p97_5, p99, max } = result.latency
process.stdout.write(
  `${JSON.stringify({
    perSecond: Math.round(result['2xx'] / result.duration),
    p50,
    p97_5,
    p99,
    max,
    ok: result['2xx'],
    notOk: result.non2xx,
    errors: result.errors,
  })}\n`,
)

function toCheckout(request: autocannon.Request): autocannon.Request {
  const customer = load.customers[next++ % load.customers.length]!
  const items = Array.from({ length: load.itemsPerOrder }, () => ({
    productId: String(1 + Math.floor(Math.random() * load.products)),
    quantity: 1,
  }))
  return {
    ...request,
    method: 'POST',
    path: `/api/v2/users/${customer.id}/orders`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${customer.token}` },
    body: JSON.stringify({ items, paymentMethod: 'pm_visa' }),
  }
}
