// The load generator, a process of its own: `node generate.ts '<json>'` prints one JSON line.
import autocannon from 'autocannon'
import { type PlainRequest, requestEvenly } from './even-rate.ts'
import type { Customer } from './shop-client.ts'

interface Load {
  readonly url: string
  readonly customers: readonly Customer[]
  readonly products: number
  readonly itemsPerOrder: number
  readonly clients: number
  readonly seconds: number
  /** All clients together, evenly; absent: as fast as they can. */
  readonly ratePerSecond?: number
}

const load = JSON.parse(process.argv[2]!) as Load
let made = 0

const result = load.ratePerSecond ? await offerEvenly(load.ratePerSecond) : await offerAll()
process.stdout.write(`${JSON.stringify(result)}\n`)

async function offerAll() {
  const { latency, ...result } = await autocannon({
    url: load.url,
    connections: load.clients,
    duration: load.seconds,
    requests: [{ setupRequest: (request) => ({ ...request, ...nextCheckout() }) }],
  })
  const { p50, p97_5, p99, max } = latency
  const perSecond = Math.round(result['2xx'] / result.duration)
  return { perSecond, p50, p97_5, p99, max, ok: result['2xx'], notOk: result.non2xx, errors: result.errors }
}

async function offerEvenly(ratePerSecond: number) {
  const { timesMs, ok, notOk, errors, seconds } = await requestEvenly({ ...load, ratePerSecond, next: nextCheckout })
  const sorted = timesMs.toSorted((a, b) => a - b)
  const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0)
  const times = { p50: at(0.5), p97_5: at(0.975), p99: at(0.99), max: at(1) }
  return { perSecond: Math.round(ok / seconds), ...times, ok, notOk, errors }
}

function nextCheckout(): PlainRequest & { readonly method: 'POST' } {
  const customer = load.customers[made++ % load.customers.length]!
  const items = Array.from({ length: load.itemsPerOrder }, () => ({
    productId: String(1 + Math.floor(Math.random() * load.products)),
    quantity: 1,
  }))
  return {
    method: 'POST',
    path: `/api/v2/users/${customer.id}/orders`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${customer.token}` },
    body: JSON.stringify({ items, paymentMethod: 'pm_visa' }),
  }
}
