// The load generator, a process of its own: `node generate.ts '<json>'` prints one JSON line.
import type { PlainRequest } from '../lean-connection.ts'
import { offerAll, offerEvenly } from './offer.ts'
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

const offer = { ...load, next: nextCheckout }
const { ratePerSecond } = load
const { timesMs, ok, notOk, errors, seconds } = await (ratePerSecond
  ? offerEvenly({ ...offer, ratePerSecond })
  : offerAll(offer))
const sorted = timesMs.toSorted((a, b) => a - b)
const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0)
const times = { p50: at(0.5), p97_5: at(0.975), p99: at(0.99), max: at(1) }
process.stdout.write(`${JSON.stringify({ perSecond: Math.round(ok / seconds), ...times, ok, notOk, errors })}\n`)

function nextCheckout(): PlainRequest {
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
